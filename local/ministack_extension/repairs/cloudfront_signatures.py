"""Whom distributions let in."""

from urllib.parse import parse_qs

from ministack.core.responses import new_uuid
from ministack.services import cloudfront

from .. import rsa
from ..recorded import recorded_only
from ..repair import part
from ..signed_urls import PARAMETERS, Refused, check, without_signature


def make_key_groups(handlers):
    """Upstream: templates cannot make public keys and key groups, though the API can."""
    keys, groups, now = part(cloudfront, '_public_keys'), part(cloudfront, '_key_groups'), part(cloudfront, '_now_iso')
    key_id, group_id = part(cloudfront, '_pk_id'), part(cloudfront, '_kg_id')

    def create_key(_logical_id, props, _stack_name):
        config = props['PublicKeyConfig']
        if rsa.public_key(config['EncodedKey']) is None:
            recorded_only.add('AWS::CloudFront::PublicKey')
        made = {'Id': key_id(), 'ETag': new_uuid(), 'CreatedTime': now(), 'Config': {'Comment': '', **config}}
        keys[made['Id']] = made
        return made['Id'], {'Id': made['Id'], 'CreatedTime': made['CreatedTime']}

    def put_group(group, props):
        config = {'Comment': '', **props['KeyGroupConfig']}
        groups[group] = {'Id': group, 'ETag': new_uuid(), 'LastModifiedTime': now(), 'Config': config}
        return group, {'Id': group, 'LastModifiedTime': groups[group]['LastModifiedTime']}

    # A public key never changes: without an update there is another one.
    handlers['AWS::CloudFront::PublicKey'] = {'create': create_key, 'delete': lambda key, _props: keys.pop(key, None)}
    handlers['AWS::CloudFront::KeyGroup'] = {
        'create': lambda _logical_id, props, _stack_name: put_group(group_id(), props),
        'update': lambda group, _old, new, _stack_name: put_group(group, new),
        'delete': lambda group, _props: groups.pop(group, None),
    }


def let_in_what_is_signed(_handlers):
    """Upstream: whoever asks is let in, whatever the trusted key groups of a behavior. Public keys that are no RSA keys are not
    understood, and told as recorded only: a group with one of them lets everybody in."""
    view, elements_of = part(cloudfront, 'handle_viewer_request'), part(cloudfront, '_dataplane_behavior')
    config, behavior_of = part(cloudfront, 'parse_distribution_dataplane_config'), part(cloudfront, '_match_behavior')
    protocol, served = part(cloudfront, '_check_viewer_protocol_policy'), part(cloudfront, '_add_cloudfront_headers')
    keys, groups, find = part(cloudfront, '_public_keys'), part(cloudfront, '_key_groups'), part(cloudfront, '_find')
    cookies_of = part(cloudfront, '_event_cookies_from_header')

    def with_key_groups(element, *args):
        trusted = find(element, 'TrustedKeyGroups')
        named = () if trusted is None else [each.text for each in trusted.iter() if each.tag.rpartition('}')[2] == 'KeyGroup']
        return {**elements_of(element, *args), 'key_groups': named}

    def keys_of(behavior):
        """None when everybody is let in."""
        trusted = [name for group in behavior['key_groups'] if group in groups for name in groups[group]['Config']['Items']]
        found = {name: rsa.public_key(keys[name]['Config']['EncodedKey']) for name in trusted if name in keys}
        return found if found and None not in found.values() else None

    async def view_what_is_signed(dist, method, path, raw_path, query, headers, body, params, *args):
        behavior = behavior_of(config(dist), path)
        trusted = behavior and keys_of(behavior)
        https = headers.get('x-forwarded-proto') == 'https'
        # A redirect to HTTPS keeps the signature.
        if not trusted or protocol(behavior, method, https, raw_path, query, headers) is not None:
            return await view(dist, method, path, raw_path, query, headers, body, params, *args)
        rest = without_signature(query)
        url = f'{"https" if https else "http"}://{headers.get("host", "")}{raw_path}{"?" if rest else ""}{rest}'
        cookies = cookies_of(headers.get('cookie', ''))
        given = {name: params[name][0] for name in PARAMETERS if name in params} or {
            name: cookies[f'CloudFront-{name}']['value'] for name in PARAMETERS if f'CloudFront-{name}' in cookies}
        try:
            check(url, given, trusted)
        except Refused as refused:
            code, message = refused.args
            answer = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
            return 403, served({'content-type': 'text/xml'}, 'Error from cloudfront'), answer.encode()
        return await view(dist, method, path, raw_path, rest, headers, body, parse_qs(rest, keep_blank_values=True), *args)

    cloudfront._dataplane_behavior = with_key_groups
    cloudfront.handle_viewer_request = view_what_is_signed


REPAIRS = (make_key_groups, let_in_what_is_signed)
