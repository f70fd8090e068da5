"""APIs: how they are reached, and what they tell."""

import contextvars
import os
import re

from ministack import app
from ministack.services import apigateway, lambda_svc

from ..repair import change_props, change_variables, part


def read_cors_of_templates(handlers):
    """Upstream: an HTTP API made by CloudFormation keeps its CORS settings in the template's spelling, which the
    data plane does not read, so every preflight is refused."""
    def respelled(props):
        cors = props.get('CorsConfiguration')
        return {**props, 'CorsConfiguration': {name[0].lower() + name[1:]: cors[name] for name in cors}} if cors else props

    change_props(handlers, 'AWS::ApiGatewayV2::Api', respelled)


def tell_how_an_api_was_reached(_handlers):
    """Upstream: events of an HTTP API lack the x-forwarded headers, by which a function knows scheme and port of the
    address that its caller used. Their host is a name below the emulator's own, which is no name at all below a bare
    address; browsers and curl find every name below localhost on this machine."""
    part(apigateway, '_HOST')
    apigateway._HOST = 'localhost'
    part(app, '_EXECUTE_API_RE')
    app._EXECUTE_API_RE = re.compile(r'^([a-f0-9]{8})\.execute-api\.localhost(?::\d+)?$')
    invoke = part(apigateway, '_invoke_lambda_proxy')
    reached = {'x-forwarded-for': '127.0.0.1', 'x-forwarded-port': os.environ['GATEWAY_PORT'], 'x-forwarded-proto': 'http'}

    async def invoke_and_tell(integration, api_id, stage, path, method, headers, *args, **kwargs):
        return await invoke(integration, api_id, stage, path, method, {**headers, **reached}, *args, **kwargs)

    apigateway._invoke_lambda_proxy = invoke_and_tell


def hide_function_errors(_handlers):
    """Upstream: an HTTP API answers 502 with the function's error text; AWS answers 500 and keeps it to itself."""
    invoke = part(apigateway, '_invoke_lambda_proxy')
    respond = part(lambda_svc, 'lambda_execute_result_to_api_proxy_response')
    in_http_api = contextvars.ContextVar('in_http_api', default=False)

    async def invoke_for_http_api(*args, **kwargs):
        token = in_http_api.set(True)
        try:
            return await invoke(*args, **kwargs)
        finally:
            in_http_api.reset(token)

    def respond_without_details(result):
        if in_http_api.get() and result.get('error') and not result.get('throttle'):
            return {'statusCode': 500, 'headers': {'Content-Type': 'application/json'},
                    'body': '{"message":"Internal Server Error"}'}, None
        return respond(result)

    apigateway._invoke_lambda_proxy = invoke_for_http_api
    lambda_svc.lambda_execute_result_to_api_proxy_response = respond_without_details


def lead_callbacks_here(handlers):
    """Not a fault: what sends to WebSocket connections is told the address of the API, whose name is no name on a laptop."""
    address = re.compile(r'^https://([a-z0-9]+)\.execute-api\.[^/]+')
    here = rf'http://127.0.0.1:{os.environ["GATEWAY_PORT"]}/_aws/execute-api/\1'

    def leading_here(variables):
        return {name: address.sub(here, value) if name.endswith('_CALLBACK_URL') else value for name, value in variables.items()}

    change_variables(handlers, leading_here)


REPAIRS = (read_cors_of_templates, tell_how_an_api_was_reached, hide_function_errors, lead_callbacks_here)
