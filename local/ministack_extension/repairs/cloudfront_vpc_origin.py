"""Origins of distributions inside a network."""

import re
from xml.etree.ElementTree import Element, SubElement, tostring

from ministack.services import cloudfront

from ..repair import part


def make_vpc_origins_of_templates(handlers):
    """Upstream: CloudFormation knows no AWS::CloudFront::VpcOrigin, though the API has them. They are made by way of the API."""
    create_by_api, update_by_api = part(cloudfront, '_create_vpc_origin'), part(cloudfront, '_update_vpc_origin')
    delete_by_api, etag_of = part(cloudfront, '_delete_vpc_origin'), part(cloudfront, '_vpc_origin_etag')
    origins = part(cloudfront, '_vpc_origins')

    def attributes(physical_id):
        origin = origins[physical_id]
        return {'Id': physical_id, 'Arn': origin['Arn'], 'Status': origin['Status'],
                'CreatedTime': origin['CreatedTime'], 'LastModifiedTime': origin['LastModifiedTime']}

    def create(_logical_id, props, _stack_name):
        request = Element('CreateVpcOriginRequest')
        request.append(config_of(props))
        headers = accepted(create_by_api(tostring(request)))
        physical_id = headers['Location'].rsplit('/', 1)[-1]
        return physical_id, attributes(physical_id)

    def update(physical_id, old, new, _stack_name):
        if old['VpcOriginEndpointConfig'] != new['VpcOriginEndpointConfig']:
            accepted(update_by_api(physical_id, {'if-match': etag_of(origins[physical_id]['Version'])}, tostring(config_of(new))))
        return physical_id, attributes(physical_id)

    def delete(physical_id, _props):
        if physical_id in origins:
            accepted(delete_by_api(physical_id, {'if-match': etag_of(origins[physical_id]['Version'])}))

    handlers['AWS::CloudFront::VpcOrigin'] = {'create': create, 'update': update, 'delete': delete}


def config_of(props):
    """What the API is told of an origin, with what a template may leave out."""
    given = props['VpcOriginEndpointConfig']
    config = Element('VpcOriginEndpointConfig')
    for name, default in (('Name', None), ('Arn', None), ('HTTPPort', 80), ('HTTPSPort', 443), ('OriginProtocolPolicy', 'match-viewer')):
        SubElement(config, name).text = str(given.get(name, default))
    protocols = given.get('OriginSSLProtocols') or ['TLSv1.2']
    block = SubElement(config, 'OriginSslProtocols')
    SubElement(block, 'Quantity').text = str(len(protocols))
    items = SubElement(block, 'Items')
    for protocol in protocols:
        SubElement(items, 'SslProtocol').text = protocol
    return config


def accepted(response):
    """The headers of an answer of the API; an error fails the resource with what the API says."""
    status, headers, payload = response
    if status >= 400:
        text = payload.decode() if isinstance(payload, bytes) else payload
        found = re.search(r'<Message>([^<]*)</Message>', text)
        raise ValueError(f'AWS::CloudFront::VpcOrigin: {found[1] if found else text}')
    return headers


def fetch_as_vpc_origins_say(_handlers):
    """Upstream: a distribution fetches from a VPC origin as its viewer came, and so from a port for HTTPS that an internal load
    balancer need not have. On AWS the protocol, the ports and the patience are those of the origin."""
    read, find, text_of = part(cloudfront, '_dataplane_origin'), part(cloudfront, '_find'), part(cloudfront, '_text')
    origins = part(cloudfront, '_vpc_origins')

    def with_vpc_origin(origin_el):
        origin, named = read(origin_el), find(origin_el, 'VpcOriginConfig')
        known = origins.get(text_of(named, 'VpcOriginId')) if named is not None else None
        if not known:
            return origin
        config = known['VpcOriginEndpointConfig']
        return {
            **origin, 'protocol_policy': config['OriginProtocolPolicy'], 'http_port': config['HTTPPort'],
            'https_port': config['HTTPSPort'], 'read_timeout': int(text_of(named, 'OriginReadTimeout') or 30),
        }

    cloudfront._dataplane_origin = with_vpc_origin


REPAIRS = (make_vpc_origins_of_templates, fetch_as_vpc_origins_say)
