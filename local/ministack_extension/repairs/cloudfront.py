"""Distributions: how they are reached."""

import re
from urllib.parse import parse_qs, unquote

from ministack import app
from ministack.services import cloudfront

from ..repair import part


def lead_to_distributions_by_path(_handlers):
    """Upstream: a distribution is found by its name alone, which is no name on a laptop. `/_cdn/<label>/<path>` reaches it as a
    viewer over HTTPS does, past the paths that ministack keeps for itself on every name, such as `/health`."""
    serve, with_date, send_response = part(app, 'app'), part(app, '_with_date_header'), part(app, '_send_if_handled')
    view, decoded = part(app, '_handle_cloudfront_dataplane_request'), part(app, 'decode_header_value')
    failure, note_origin = part(cloudfront, '_cf_error_response'), part(app, 'pin_request_origin')
    prefix = re.compile(rb'/_cdn/([a-z0-9]+)(?=/|$)')

    async def serve_distributions_too(scope, receive, send):
        found = prefix.match(scope.get('raw_path') or b'') if scope['type'] == 'http' else None
        if not found:
            return await serve(scope, receive, send)
        body = await body_of(receive)
        if body is None:
            return None
        host = f'{found[1].decode()}.cloudfront.net'
        headers = {**headers_of(scope, decoded), 'host': host, 'x-forwarded-proto': 'https'}
        client = (scope.get('client') or ('127.0.0.1',))[0]
        # By it a bucket that takes only what comes by TLS knows.
        note_origin(client, True)
        raw_path, query = scope['raw_path'][found.end():].decode('ascii') or '/', scope['query_string'].decode()
        response = await view(
            host, unquote(raw_path), raw_path, query, scope['method'], headers, body, parse_qs(query, keep_blank_values=True),
            client,
        ) or failure(404, f'There is no distribution {host}.', 'Error from cloudfront')
        return await send_response(with_date(send), response, receive, head=scope['method'] == 'HEAD')

    app.app = serve_distributions_too


async def body_of(receive):
    """None when the caller has gone."""
    chunks = []
    while (message := await receive())['type'] == 'http.request':
        chunks.append(message.get('body', b''))
        if not message.get('more_body'):
            return b''.join(chunks)
    return None


def headers_of(scope, decoded):
    headers = {}
    for name, value in scope['headers']:
        name, value = name.decode('latin-1').lower(), decoded(value)
        headers[name] = f'{headers[name]}{"; " if name == "cookie" else ", "}{value}' if name in headers else value
    return headers


REPAIRS = (lead_to_distributions_by_path,)
