"""Starts ministack, repaired where its 1.5.33 release still differs from AWS in ways a blueprint can notice.

Talks to its parent over two pipes: one JSON command a line on stdin, one JSON answer a line on stdout.
When stdin ends the parent is gone, and the emulator goes with it. `--plain` starts without the repairs,
which is how the tests prove that each of them is still needed.
"""

import collections
import contextvars
import hashlib
import importlib.metadata
import json
import os
import re
import shutil
import signal
import sys
import threading
import time
import uuid

MINISTACK_VERSION = '1.5.33'

# What ministack keeps but never acts on: whole types (None), or single properties of a type that does work.
RECORDED_ONLY = {
    # Only Lambda and custom metrics are ever published, and alarms ignore their dimensions.
    'AWS::CloudWatch::Alarm': None,
    'AWS::CloudWatch::CompositeAlarm': None,
    'AWS::CloudWatch::Dashboard': None,
    # API Gateway, SNS and EventBridge invoke a function whether or not its policy lets them.
    'AWS::Lambda::Permission': None,
    'AWS::ApiGateway::RequestValidator': None,
    'AWS::ApiGatewayV2::Stage': ('AccessLogSettings', 'DefaultRouteSettings', 'RouteSettings'),
    'AWS::DynamoDB::GlobalTable': ('ReadOnDemandThroughputSettings', 'WriteOnDemandThroughputSettings'),
    'AWS::Lambda::EventSourceMapping': (
        'MaximumBatchingWindowInSeconds', 'MaximumRecordAgeInSeconds', 'ParallelizationFactor', 'TumblingWindowInSeconds'),
    'AWS::Lambda::Function': ('MemorySize', 'TracingConfig'),
    'AWS::Kinesis::Stream': ('StreamEncryption',),
    'AWS::Logs::LogGroup': ('RetentionInDays',),
    'AWS::SQS::Queue': ('KmsMasterKeyId', 'SqsManagedSseEnabled'),
}

recorded_only = set()


def refuse_to_start(reason):
    sys.exit(f'local AWS: {reason}. The repairs in ministack_extension.py are written for ministack '
             f'{MINISTACK_VERSION}: check each of them before moving the pin.')


def part(module, name):
    """An inner part of ministack that a repair leans on; its absence must stop the start, not a later deploy."""
    if not hasattr(module, name):
        refuse_to_start(f'{module.__name__} has no {name}')
    return getattr(module, name)


def key(mapping, name):
    if name not in mapping:
        refuse_to_start(f'ministack has no entry {name}')
    return mapping[name]


# --- repairs ---------------------------------------------------------------------------------------------


def keep_table_settings(handlers):
    """Upstream: the CloudFormation create of a table drops time to live and point-in-time recovery, and every
    update of an AWS::DynamoDB::GlobalTable replaces the table, losing its items."""
    from ministack.services import dynamodb
    from ministack.services.cloudformation import provisioners
    update_table = part(provisioners, '_ddb_update')
    update_ttl = part(dynamodb, '_update_ttl')
    update_backups = part(dynamodb, '_update_continuous_backups')
    ttl_settings = part(dynamodb, '_ttl_settings')
    global_only = ('Replicas', 'MultiRegionConsistency', 'GlobalTableWitnesses', 'GlobalTableSourceArn', 'WarmThroughput',
                   'ReadOnDemandThroughputSettings', 'WriteOnDemandThroughputSettings',
                   'ReadProvisionedThroughputSettings', 'WriteProvisionedThroughputSettings')

    def as_table(props):
        return {name: value for name, value in props.items() if name not in global_only}

    def apply_settings(name, props):
        ttl = props.get('TimeToLiveSpecification') or {}
        if ttl.get('AttributeName'):
            enabled = str(ttl.get('Enabled')).lower() == 'true'
            update_ttl({'TableName': name, 'TimeToLiveSpecification': {**ttl, 'Enabled': enabled}})
        else:
            ttl_settings.pop(name, None)
        here = next(iter(props.get('Replicas') or []), props)
        recovery = here.get('PointInTimeRecoverySpecification') or {}
        enabled = str(recovery.get('PointInTimeRecoveryEnabled')).lower() == 'true'
        update_backups({'TableName': name, 'PointInTimeRecoverySpecification': {'PointInTimeRecoveryEnabled': enabled}})

    def repaired(handler, is_global):
        def create(logical_id, props, stack_name):
            name, attributes = handler['create'](logical_id, props, stack_name)
            apply_settings(name, props)
            return name, attributes

        def update(physical_id, old, new, stack_name, logical_id=None):
            old_table, new_table = (as_table(old), as_table(new)) if is_global else (old, new)
            name, attributes = update_table(physical_id, old_table, new_table, stack_name, logical_id)
            apply_settings(name, new)
            return name, attributes
        return {**handler, 'create': create, 'update': update, 'update_with_logical_id': True}

    for resource_type in ('AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'):
        handlers[resource_type] = repaired(key(handlers, resource_type), resource_type.endswith('GlobalTable'))


def read_cors_of_templates(handlers):
    """Upstream: an HTTP API made by CloudFormation keeps its CORS settings in the template's spelling, which the
    data plane does not read, so every preflight is refused."""
    handler = key(handlers, 'AWS::ApiGatewayV2::Api')

    def respelled(props):
        cors = props.get('CorsConfiguration')
        return {**props, 'CorsConfiguration': {name[0].lower() + name[1:]: cors[name] for name in cors}} if cors else props

    def create(logical_id, props, stack_name):
        return handler['create'](logical_id, respelled(props), stack_name)

    def update(physical_id, old, new, stack_name, logical_id=None):
        return handler['update'](physical_id, respelled(old), respelled(new), stack_name, logical_id)

    handlers['AWS::ApiGatewayV2::Api'] = {**handler, 'create': create, 'update': update, 'update_with_logical_id': True}


def tell_how_an_api_was_reached(_handlers):
    """Upstream: events of an HTTP API lack the x-forwarded headers, by which a function knows scheme and port of the
    address that its caller used. Their host is a name below the emulator's own, which is no name at all below a bare
    address; browsers and curl find every name below localhost on this machine."""
    from ministack import app
    from ministack.services import apigateway
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
    from ministack.services import apigateway, lambda_svc
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


def name_function_errors(_handlers):
    """Upstream: every error of a Node function has the type Runtime.HandlerError, so nothing can tell them apart."""
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc
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
    from ministack.services import lambda_svc
    execute = part(lambda_svc, '_execute_function_warm')
    depth = part(lambda_svc, '_invoke_depth')
    places = collections.defaultdict(lambda: threading.BoundedSemaphore(4 * (os.cpu_count() or 1)))

    def execute_when_free(func, event, request_id):
        if depth.get():
            # Called by a function, maybe by itself: whoever waits for it must not keep it out.
            return execute(func, event, request_id)
        with places[(func.get('config') or func).get('FunctionArn')]:
            return execute(func, event, request_id)

    lambda_svc._execute_function_warm = execute_when_free


def name_log_group(_handlers):
    """Upstream: a function learns /aws/lambda/<name> as its log group, also where its lines go to another one."""
    from ministack.core import lambda_runtime
    credentials = part(lambda_runtime, 'execution_credentials')

    def credentials_and_log_group(config):
        group = (config.get('LoggingConfig') or {}).get('LogGroup')
        return {**credentials(config), **({'AWS_LAMBDA_LOG_GROUP_NAME': group} if group else {})}

    # The one thing a worker's environment is filled from that can be reached from outside.
    lambda_runtime.execution_credentials = credentials_and_log_group


def redrive_dead_letters(_handlers):
    """Upstream: StartMessageMoveTask and ListMessageMoveTasks do not exist."""
    from ministack.services import sqs
    actions = part(sqs, '_HANDLERS')
    queues, lock = part(sqs, '_queues'), part(sqs, '_queues_lock')
    queue_by_arn, error, wake = part(sqs, '_queue_by_arn'), part(sqs, '_Err'), part(sqs, 'esm_wake')
    tasks = []

    def existing(arn):
        queue = queue_by_arn(arn)
        if queue is None:
            raise error('ResourceNotFoundException', f'The resource that you specified for {arn} does not exist.')
        return queue

    def is_dead_letter_queue(arn):
        return any(arn in (queue['attributes'].get('RedrivePolicy') or '') for queue in queues.values())

    def start(data, _url):
        source_arn, destination_arn = data['SourceArn'], data.get('DestinationArn')
        with lock:
            source = existing(source_arn)
            if destination_arn:
                existing(destination_arn)
            if not is_dead_letter_queue(source_arn):
                raise error('InvalidParameterValue', f'{source_arn} is not a dead-letter queue.')
            now = time.time()
            waiting = [message for message in source['messages'] if message['visible_at'] <= now]
            moved = 0
            for message in waiting:
                # What was sent here directly has no queue to go back to: it stays.
                home = queue_by_arn(destination_arn or message['sys'].get('DeadLetterQueueSourceArn', ''))
                if home is None:
                    continue
                # AWS treats a redriven message as a new one: another id, nothing received yet.
                home['messages'].append({
                    **message, 'id': str(uuid.uuid4()), 'sent_at': now, 'enqueued_at': now, 'visible_at': now,
                    'receive_count': 0, 'first_receive_at': None, 'receipt_handle': None,
                    'sys': {name: value for name, value in message['sys'].items() if name != 'DeadLetterQueueSourceArn'},
                })
                source['messages'].remove(message)
                moved += 1
        wake.set()
        handle = str(uuid.uuid4())
        tasks.insert(0, {'TaskHandle': handle, 'Status': 'COMPLETED', 'SourceArn': source_arn,
                         **({'DestinationArn': destination_arn} if destination_arn else {}),
                         'ApproximateNumberOfMessagesMoved': moved,
                         'ApproximateNumberOfMessagesToMove': len(waiting),
                         'StartedTimestamp': int(now * 1000)})
        return {'TaskHandle': handle}

    def list_tasks(data, _url):
        existing(data['SourceArn'])
        mine = [task for task in tasks if task['SourceArn'] == data['SourceArn']]
        return {'Results': mine[:int(data.get('MaxResults') or 1)]}

    actions.update({'StartMessageMoveTask': start, 'ListMessageMoveTasks': list_tasks})


def trust_loopback(_handlers):
    """Not a fault: the emulator speaks plain HTTP on 127.0.0.1. A policy that refuses insecure transport must let
    that pass, or with IAM enforced no queue with enforceSSL could be used."""
    from ministack import app
    pin = part(app, 'pin_request_origin')
    app.pin_request_origin = lambda source_ip, _secure: pin(source_ip, True)


def set_failed_batches_aside(handlers):
    """Upstream: a mapping of a stream ignores its attempts, its halves and its failure destination; what a function answers
    in batchItemFailures of a stream is lost; and reading a Kinesis stream from a time on reads only what is new."""
    from ministack.services import kinesis, lambda_svc, sqs
    execute, mappings = part(lambda_svc, '_execute_function'), part(lambda_svc, '_iter_all_esms')
    positions, streams = part(lambda_svc, '_kinesis_positions'), part(kinesis, '_streams')
    queue_by_arn, handler = part(sqs, '_queue_by_arn'), key(handlers, 'AWS::Lambda::EventSourceMapping')
    polled = threading.local()

    def place(record):
        return record['kinesis']['sequenceNumber'] if 'kinesis' in record else record['dynamodb']['SequenceNumber']

    def left_by(mapping, records, result):
        """What must be delivered again: everything from the first failure on."""
        if result.get('error'):
            return records
        body = result.get('body') if 'ReportBatchItemFailures' in mapping.get('FunctionResponseTypes', []) else None
        body = json.loads(body or 'null') if isinstance(body, (str, bytes)) else body
        failed = {failure.get('itemIdentifier') for failure in (body or {}).get('batchItemFailures') or []}
        return records[next((index for index, record in enumerate(records) if place(record) in failed), len(records)):]

    def set_aside(mapping, records):
        queue = queue_by_arn(((mapping.get('DestinationConfig') or {}).get('OnFailure') or {}).get('Destination', ''))
        info = {'shardId': records[0]['eventID'].split(':')[0], 'startSequenceNumber': place(records[0]),
                'endSequenceNumber': place(records[-1]), 'batchSize': len(records), 'streamArn': mapping['EventSourceArn']}
        body = json.dumps({'requestContext': {'functionArn': mapping['FunctionArn'], 'condition': 'RetryAttemptsExhausted'},
                           'KinesisBatchInfo' if 'kinesis' in records[0] else 'DDBStreamBatchInfo': info, 'version': '1.0'})
        absent = ('receipt_handle', 'first_receive_at', 'group_id', 'dedup_id', 'dedup_cache_key', 'seq')
        if queue is not None:
            queue['messages'].append({
                'id': str(uuid.uuid4()), 'body': body, 'md5_body': hashlib.md5(body.encode()).hexdigest(), 'md5_attrs': '',
                'sent_at': time.time(), 'visible_at': 0, 'receive_count': 0, 'message_attributes': {},
                'sys': {'SentTimestamp': str(int(time.time() * 1000))}, **dict.fromkeys(absent)})

    def work(function, mapping, records, attempts):
        result = execute(function, {'Records': records})
        left = left_by(mapping, records, result)
        half = (len(left) + 1) // 2
        if len(records) == len(left) > 1 and str(mapping.get('BisectBatchOnFunctionError')).lower() == 'true':
            # To cut a batch in two uses up no attempt.
            work(function, mapping, left[:half], attempts)
            work(function, mapping, left[half:], attempts)
        elif left and attempts > 1:
            work(function, mapping, left, attempts - 1)
        elif left:
            set_aside(mapping, left)
        return {**result, 'error': None}

    def execute_and_retry(function, event):
        mapping, records = getattr(polled, 'mapping', None), event.get('Records') if isinstance(event, dict) else None
        if not mapping or not records or records[0].get('eventSource') not in ('aws:kinesis', 'aws:dynamodb'):
            return execute(function, event)
        retries = int(mapping.get('MaximumRetryAttempts', -1))
        if retries >= 0:
            return work(function, mapping, records, retries + 1)
        result = execute(function, event)
        return {**result, 'error': True} if left_by(mapping, records, result) else result

    def mappings_and_which():
        for polled.account, polled.region, polled.mapping in mappings():
            yield polled.account, polled.region, polled.mapping

    def create(logical_id, props, stack_name):
        mapping_id, attributes = handler['create'](logical_id, props, stack_name)
        since, stream = props.get('StartingPositionTimestamp'), streams.get(str(props.get('EventSourceArn')).split('/')[-1])
        if since is not None and stream:
            positions[mapping_id] = {shard_id: sum(record['ApproximateArrivalTimestamp'] < float(since) for record in shard['records'])
                                     for shard_id, shard in stream['shards'].items()}
        return mapping_id, attributes

    lambda_svc._execute_function, lambda_svc._iter_all_esms = execute_and_retry, mappings_and_which
    handlers['AWS::Lambda::EventSourceMapping'] = {**handler, 'create': create}


def fill_in_schedule_attributes(_handlers):
    """Upstream: what a schedule hands on holds <aws.scheduler.scheduled-time> and its kind as they stand."""
    from ministack.services import eventbridge
    invoke = part(eventbridge, '_invoke_target')

    def invoke_with_attributes(target, event, rule, view=None):
        if event.get('Source') == 'aws.scheduler' and isinstance(target.get('Input'), str):
            text = target['Input']
            for name, value in (('schedule-arn', event['Resources'][0]), ('execution-id', event['EventId']), ('attempt-number', '1'),
                                ('scheduled-time', time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(event['Time'])))):
                text = text.replace(f'<aws.scheduler.{name}>', value)
            target = {**target, 'Input': text}
        return invoke(target, event, rule, view)

    eventbridge._invoke_target = invoke_with_attributes


REPAIRS = (keep_table_settings, read_cors_of_templates, tell_how_an_api_was_reached, hide_function_errors, name_function_errors,
           share_the_machine, name_log_group, redrive_dead_letters, trust_loopback, set_failed_batches_aside,
           fill_in_schedule_attributes)


# --- what is only recorded -------------------------------------------------------------------------------


class Attributes(dict):
    """Fn::GetAtt of a resource without a backend: any attribute has a stable value."""

    def __init__(self, physical_id):
        # Not empty, since an update drops empty attributes for a plain dict.
        super().__init__(Ref=physical_id)
        self.physical_id = physical_id

    def __contains__(self, name):
        return True

    def __missing__(self, name):
        return f'arn:aws:recorded:::{self.physical_id}' if name.endswith('Arn') else f'{self.physical_id}-{name}'

    def get(self, name, default=None):
        return self[name]


class Handlers(dict):
    """ministack's table of resource types; a type it does not know is recorded instead of failing the deploy."""

    def __contains__(self, resource_type):
        return super().__contains__(resource_type) or self.recordable(resource_type)

    def __getitem__(self, resource_type):
        return super().__getitem__(resource_type) if super().__contains__(resource_type) else self.record(resource_type)

    def get(self, resource_type, default=None):
        return self[resource_type] if resource_type in self else default

    @staticmethod
    def recordable(resource_type):
        return str(resource_type).startswith('AWS::') and not resource_type.startswith('AWS::CloudFormation::')

    @staticmethod
    def record(resource_type):
        def create(logical_id, _props, stack_name):
            recorded_only.add(resource_type)
            physical_id = f'{stack_name}-{logical_id}'
            return physical_id, Attributes(physical_id)

        def update(physical_id, _old, _new, _stack_name):
            return physical_id, Attributes(physical_id)
        return {'create': create, 'update': update, 'delete': lambda _physical_id, _props: None}


def noticing(resource_type, properties, create):
    def create_and_note(logical_id, props, *rest):
        if properties is None:
            recorded_only.add(resource_type)
        recorded_only.update(f'{resource_type}.{name}' for name in properties or () if name in props)
        return create(logical_id, props, *rest)
    return create_and_note


def note_what_is_recorded_only():
    from ministack.services.cloudformation import provisioners
    handlers = part(provisioners, '_RESOURCE_HANDLERS')
    for resource_type, properties in RECORDED_ONLY.items():
        handler = handlers.get(resource_type)
        if handler:
            handlers[resource_type] = {**handler, 'create': noticing(resource_type, properties, handler['create'])}
    provisioners._RESOURCE_HANDLERS = Handlers(handlers)


# --- the parent ------------------------------------------------------------------------------------------


def kill_workers(function_name):
    """SIGKILLs every process of a function and says how many there were."""
    from ministack.core import lambda_runtime
    killed = 0
    for name, workers in list(lambda_runtime._workers.items()):
        for worker in list(workers) if name.split(':')[2] == function_name else []:
            process = worker._proc
            if process is not None and process.poll() is None:
                process.kill()
                killed += 1
    return killed


def leave_nothing():
    shutil.rmtree(os.environ['TMPDIR'], ignore_errors=True)
    # The parent made this process the leader of a group of its own, so this reaches the workers and nobody else.
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def serve_parent(commands, answers):
    for line in commands:
        command = json.loads(line)
        try:
            if command['do'] == 'recorded-only':
                answer = {'result': sorted(recorded_only)}
            elif command['do'] == 'kill-workers':
                answer = {'result': kill_workers(command['function'])}
            else:
                answer = {'error': f'unknown command {command["do"]}'}
        except Exception as error:  # an answer must come, or the parent waits for ever
            answer = {'error': repr(error)}
        answers.write(json.dumps({'id': command['id'], **answer}) + '\n')
        answers.flush()
    leave_nothing()


def main():
    plain = sys.argv[1:] == ['--plain']
    del sys.argv[1:]
    # Answers keep the real stdout to themselves; whatever else prints goes to stderr.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), 'w', encoding='utf-8')
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    installed = importlib.metadata.version('ministack')
    if installed != MINISTACK_VERSION:
        refuse_to_start(f'ministack {installed} is installed')
    from ministack import app
    from ministack.core import lambda_runtime
    part(lambda_runtime, '_workers')
    if not plain:
        from ministack.services.cloudformation import provisioners
        for repair in REPAIRS:
            repair(part(provisioners, '_RESOURCE_HANDLERS'))
        note_what_is_recorded_only()
    threading.Thread(target=serve_parent, args=(sys.stdin, answers), daemon=True).start()
    app.main()


if __name__ == '__main__':
    main()
