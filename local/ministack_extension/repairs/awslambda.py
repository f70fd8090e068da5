"""Functions: the names of their errors and of their logs, and how many of them run at once."""

import os
import threading

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from ..repair import part, refuse_to_start


def name_function_errors(_handlers):
    """Upstream: every error of a Node function has the type Runtime.HandlerError, so nothing can tell them apart."""
    script = part(lambda_runtime, '_NODEJS_WORKER_SCRIPT')
    for thrown in ('trace: err.stack || ""', 'trace: e.stack'):
        if thrown not in script:
            refuse_to_start(f'the Node worker of ministack has no "{thrown}"')
    lambda_runtime._NODEJS_WORKER_SCRIPT = (script
                                            .replace('trace: err.stack || ""', 'trace: err.stack || "", type: err.name')
                                            .replace('trace: e.stack', 'trace: e.stack, type: e.name'))
    invoke = part(part(lambda_runtime, 'Worker'), 'invoke')
    execute = part(lambda_svc, '_execute_function_warm')
    # The worker's answer loses its type one call up the stack of the same thread.
    last = threading.local()

    def invoke_and_remember(worker, *args, **kwargs):
        answer = invoke(worker, *args, **kwargs)
        died = answer.get('error') == 'Worker process died'
        last.error_type = 'Runtime.ExitError' if died else answer.get('type')
        return answer

    def execute_and_name(func, event, request_id):
        last.error_type = None
        result = execute(func, event, request_id)
        if result.get('error') and last.error_type and result['body'].get('errorType') == 'Runtime.HandlerError':
            result['body']['errorType'] = last.error_type
        return result

    lambda_runtime.Worker.invoke = invoke_and_remember
    lambda_svc._execute_function_warm = execute_and_name


def share_the_machine(_handlers):
    """Not a fault: on AWS every concurrent call has a machine of its own, here they share one. A burst that started a
    process for each call would end in timeouts; beyond a few a core, calls of a function wait for one that is free."""
    execute = part(lambda_svc, '_execute_function_warm')
    depth = part(lambda_svc, '_invoke_depth')
    places = {}

    def execute_when_free(func, event, request_id):
        # 0 is a call by another service, 1 one by a client from outside.
        if depth.get() > 1:
            # Called by a function, maybe by itself: whoever waits for it must not keep it out.
            return execute(func, event, request_id)
        arn = (func.get('config') or func).get('FunctionArn')
        # One step, so that the first two of a burst cannot each find places of their own.
        with places.setdefault(arn, threading.BoundedSemaphore(4 * (os.cpu_count() or 1))):
            return execute(func, event, request_id)

    lambda_svc._execute_function_warm = execute_when_free


def name_log_group(_handlers):
    """Upstream: a function learns /aws/lambda/<name> as its log group, also where its lines go to another one."""
    credentials = part(lambda_runtime, 'execution_credentials')

    def credentials_and_log_group(config):
        group = (config.get('LoggingConfig') or {}).get('LogGroup')
        return {**credentials(config), **({'AWS_LAMBDA_LOG_GROUP_NAME': group} if group else {})}

    # The one thing a worker's environment is filled from that can be reached from outside.
    lambda_runtime.execution_credentials = credentials_and_log_group


REPAIRS = (name_function_errors, share_the_machine, name_log_group)
