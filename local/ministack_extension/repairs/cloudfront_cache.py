"""What distributions keep."""

import contextvars
from urllib.parse import parse_qsl, urlencode

from ministack.services import cloudfront

from ..cdn_cache import Cache, seconds_to_keep
from ..repair import part

MOST_BYTES = 64 * 1024 * 1024

# With one of these an answer is a part of what there is, or says only that it has not changed.
PARTIAL = ('if-match', 'if-modified-since', 'if-none-match', 'if-range', 'if-unmodified-since', 'range')


def keep_copies(_handlers):
    """Upstream: nothing is ever kept, and every request goes to the origin. Kept are whole answers of GET and HEAD where a cache
    policy says so; one that sets cookies only where cookies are part of the cache key, to be on the safe side."""
    view, fetch = part(cloudfront, 'handle_viewer_request'), part(cloudfront, '_fetch_from_origin')
    config, behavior_of = part(cloudfront, 'parse_distribution_dataplane_config'), part(cloudfront, '_match_behavior')
    policies, managed = part(cloudfront, '_cache_policies'), part(cloudfront, '_MANAGED_CACHE_POLICIES')
    invalidate, body_parsed = part(cloudfront, '_create_invalidation'), part(cloudfront, '_parse_body')
    kind, among = part(cloudfront, '_behavior_kind'), part(cloudfront, '_combine_forward')
    cookies_of, distributions = part(cloudfront, '_event_cookies_from_header'), part(cloudfront, '_distributions')
    cache = Cache(MOST_BYTES)
    current = contextvars.ContextVar('current', default=None)

    async def view_with_copies(dist, method, path, *args):
        behavior = behavior_of(config(dist), path) or {}
        policy = policies.get(behavior.get('cache_policy_id')) or managed.get(behavior.get('cache_policy_id'))
        if not policy or method not in ('GET', 'HEAD'):
            return await view(dist, method, path, *args)
        request = {'policy': policy['Config'], 'id': policy['Id']}
        token = current.set(request)
        try:
            status, headers, body = await view(dist, method, path, *args)
        finally:
            current.reset(token)
        if 'age' in request:
            headers = {**headers, 'X-Cache': 'Hit from cloudfront', 'Age': str(request['age'])}
        return status, headers, body

    async def fetch_or_find(origin, method, uri, query, headers, body, https, client, forwarded, distribution):
        def ask():
            return fetch(origin, method, uri, query, headers, body, https, client, forwarded, distribution)

        request = current.get()
        # What comes second is a page for an error.
        if request is None or 'asked' in request:
            return await ask()
        request['asked'] = True
        if not headers.keys().isdisjoint(PARTIAL):
            return await ask()
        parameters = request['policy'].get('Parameters') or {}

        def keyed(values, named, names, lowercase=False):
            chosen = kind(parameters.get(named, 'none'), parameters.get(names), lowercase=lowercase)
            return tuple((name, value) for name, value in values if among(chosen, None, name))

        asked = keyed(parse_qsl(query, keep_blank_values=True), 'QueryStringBehavior', 'QueryStrings')
        address = uri + (f'?{urlencode(asked)}' if asked else '')
        key = (
            distribution, origin['id'], request['id'], method, address, headers.get('accept-encoding'),
            keyed(sorted(headers.items()), 'HeaderBehavior', 'Headers', lowercase=True),
            keyed(((name, cookie['value']) for name, cookie in cookies_of(headers.get('cookie', '')).items()),
                  'CookieBehavior', 'Cookies'),
        )
        found = cache.find(key)
        if found:
            answer, request['age'] = found
            return answer
        status, reason, told, content = await ask()
        seconds = seconds_to_keep(status, told, request['policy'])
        shared = 'set-cookie' not in told or parameters.get('CookieBehavior', 'none') != 'none'
        if seconds > 0 and shared and isinstance(content, bytes):
            cache.keep(key, distribution, address, (status, reason, dict(told), content), seconds)
        return status, reason, told, content

    def invalidate_copies(dist_id, body):
        response = invalidate(dist_id, body)
        if response[0] == 201:
            for element in body_parsed(body).iter():
                if element.tag.rpartition('}')[2] == 'Path' and element.text:
                    cache.drop(distributions[dist_id]['ARN'], element.text)
        return response

    cloudfront.handle_viewer_request = view_with_copies
    cloudfront._fetch_from_origin = fetch_or_find
    cloudfront._create_invalidation = invalidate_copies


REPAIRS = (keep_copies,)
