"""Starts ministack, repaired where its 1.5.33 release still differs from AWS in ways a blueprint can notice.

Talks to its parent over two pipes: one JSON command a line on stdin, one JSON answer a line on stdout.
When stdin ends the parent is gone, and the emulator goes with it. `--plain` starts without the repairs,
which is how the tests prove that each of them is still needed.
"""

import base64
import collections
import contextvars
import hashlib
import importlib.metadata
import json
import os
import re
import secrets
import shutil
import signal
import socket
import ssl
import struct
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
    # Only its minimum is kept to.
    'AWS::ApplicationAutoScaling::ScalableTarget': None,
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


def authorize_batches_of_queues(_handlers):
    """Upstream: a batch of SQS needs a right of its own; AWS authorizes it as its parts: sqs:SendMessage for SendMessageBatch."""
    from ministack.core import iam_actions
    extract = part(iam_actions, 'extract_iam_action')

    def as_its_parts(*args):
        action = extract(*args)
        return action.removesuffix('Batch') if action and action.startswith('sqs:') else action

    iam_actions.extract_iam_action = as_its_parts


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


def refer_to_secrets_by_arn(handlers):
    """Upstream: the Ref of a secret is its name; on AWS it is the ARN, which is what every grant of the CDK says."""
    from ministack.services import secretsmanager
    resolve, handler = part(secretsmanager, '_resolve'), key(handlers, 'AWS::SecretsManager::Secret')

    def by_arn(answer):
        return answer[1]['Arn'], answer[1]

    def create(*args):
        return by_arn(handler['create'](*args))

    def update(physical_id, *args, **named):
        return by_arn(handler['update'](resolve(physical_id)[0], *args, **named))

    def delete(physical_id, props):
        handler['delete'](resolve(physical_id)[0], props)

    handlers['AWS::SecretsManager::Secret'] = {**handler, 'create': create, 'update': update, 'delete': delete}


def tell_targets_apart_by_port(_handlers):
    """Upstream: one address is one target of a load balancer, whatever its ports. On AWS it is address and port, and tasks of
    one machine differ in nothing else."""
    from ministack.services import alb
    actions, groups = part(alb, '_ACTION_MAP'), part(alb, '_tgs')
    targets, parse, empty = part(alb, '_targets'), part(alb, '_parse_targets_param'), part(alb, '_empty')

    def changing(action, change):
        original = key(actions, action)

        def changed(params):
            group = groups.get(params.get('TargetGroupArn', [''])[0] if isinstance(params.get('TargetGroupArn'), list) else params.get('TargetGroupArn'))
            if group is None or group.get('TargetType') != 'ip':
                return original(params)
            named = [{'Id': target['Id'], 'Port': int(target.get('Port') or group.get('Port') or 80)} for target in parse(params)]
            arn = group['TargetGroupArn']
            targets[arn] = change(targets.get(arn, []), named)
            return empty(action)
        actions[action] = changed

    changing('RegisterTargets', lambda known, named: known + [target for target in named if target not in known])
    changing('DeregisterTargets', lambda known, named: [target for target in known if target not in named])


def change_variables(handlers, changed):
    """Has functions and containers start with variables other than their template says."""
    def in_function(props):
        variables = (props.get('Environment') or {}).get('Variables')
        return {**props, 'Environment': {**props['Environment'], 'Variables': changed(variables)}} if variables else props

    def in_task(props):
        def container(definition):
            pairs = changed({pair['Name']: pair['Value'] for pair in definition.get('Environment') or []})
            return {**definition, 'Environment': [{'Name': name, 'Value': value} for name, value in pairs.items()]}
        return {**props, 'ContainerDefinitions': [container(definition) for definition in props.get('ContainerDefinitions') or []]}

    def respelling(handler, respelled):
        def create(logical_id, props, *rest):
            return handler['create'](logical_id, respelled(props), *rest)

        def update(physical_id, old, new, *rest):
            return handler['update'](physical_id, respelled(old), respelled(new), *rest)
        return {**handler, 'create': create, **({'update': update} if 'update' in handler else {})}

    for resource_type, respelled in (('AWS::Lambda::Function', in_function), ('AWS::ECS::TaskDefinition', in_task)):
        handlers[resource_type] = respelling(key(handlers, resource_type), respelled)


def look_at_repositories_by_name(_handlers):
    """Upstream: to describe some repositories of ECR takes a right to all; AWS asks for a right to each that is named. Whoever
    publishes images has that to one."""
    from ministack.core import iam_actions
    extract = part(iam_actions, 'extract_resource_arn')

    def extract_with_names(service, method, path, headers, body, query, region, account):
        found = extract(service, method, path, headers, body, query, region, account)
        names = json.loads(body or '{}').get('repositoryNames') if service == 'ecr' and found == '*' else None
        return f'arn:aws:ecr:{region}:{account}:repository/{names[0]}' if names and len(names) == 1 else found

    iam_actions.extract_resource_arn = extract_with_names


def scale_to_the_minimum(handlers):
    """Upstream: Application Auto Scaling does not exist. Of it, here: a service has at least as many tasks as its target says."""
    from ministack.services import ecs
    update = part(ecs, '_update_service')

    def create(logical_id, props, _stack_name):
        _, cluster, service = props['ResourceId'].split('/')
        if props.get('ServiceNamespace') == 'ecs':
            update({'cluster': cluster, 'service': service, 'desiredCount': int(props['MinCapacity'])})
        return f'{props["ResourceId"]}|{props.get("ScalableDimension")}|{props.get("ServiceNamespace")}', {}

    handlers['AWS::ApplicationAutoScaling::ScalableTarget'] = {
        'create': create,
        'update': lambda _physical_id, _old, new, stack_name, **_named: create('', new, stack_name),
        'delete': lambda _physical_id, _props: None,
    }


def lead_to_the_valkey(handlers):
    """Upstream: without Docker there is nothing behind an ElastiCache endpoint, CloudFormation knows no serverless cache, and
    users are only kept. Where a Valkey stands behind the emulator, every cache leads to it and its users may sign in there.
    A token of IAM is not checked: any password of such a user will do; what the user may do is the server's to enforce."""
    host, port = os.environ.get('LOCAL_VALKEY_HOST'), os.environ.get('LOCAL_VALKEY_PORT')
    if not host:
        return
    from ministack.services import elasticache
    part(elasticache, '_spawn_redis_container')
    elasticache._spawn_redis_container = lambda *_args, **_kwargs: (host, int(port), None)
    groups, users = key(handlers, 'AWS::ElastiCache::ReplicationGroup'), key(handlers, 'AWS::ElastiCache::User')

    def ask(*words):
        context = ssl.create_default_context(cafile=os.environ['NODE_EXTRA_CA_CERTS'])
        with socket.create_connection((host, int(port)), 10) as plain, context.wrap_socket(plain, server_hostname=host) as server:
            server.sendall(b''.join([b'*%d\r\n' % len(words), *(b'$%d\r\n%s\r\n' % (len(word), word) for word in map(str.encode, words))]))
            answer = server.recv(4096).decode()
        if answer.startswith('-'):
            raise ValueError(f'the local Valkey refused {words[:3]}: {answer[1:].strip()}')

    def let_in(props):
        mode = props.get('AuthenticationMode') or {}
        passwords = props.get('Passwords') or mode.get('Passwords') or []
        ask('ACL', 'SETUSER', props['UserName'], 'reset', *(f'>{word}' for word in passwords) if passwords else ['nopass'],
            *props['AccessString'].split())
        ask('ACL', 'SAVE')

    def create_user(logical_id, props, stack_name):
        let_in(props)
        return users['create'](logical_id, props, stack_name)

    def update_user(physical_id, old, new, *rest, **named):
        let_in(new)
        return users['update'](physical_id, old, new, *rest, **named)

    def delete_user(physical_id, props):
        ask('ACL', 'DELUSER', props['UserName'])
        ask('ACL', 'SAVE')
        return users['delete'](physical_id, props)

    def create_serverless(logical_id, props, stack_name):
        name = props.get('ServerlessCacheName') or f'{stack_name}-{logical_id}'.lower()
        address = {f'{end}Endpoint.{part_}': value for end in ('', 'Reader') for part_, value in (('Address', host), ('Port', port))}
        return name, {**address, 'ARN': elasticache._arn_serverless_cache(name), 'Status': 'AVAILABLE', 'FullEngineVersion': '8.2'}

    def create_group(logical_id, props, stack_name):
        physical_id, attributes = groups['create'](logical_id, props, stack_name)
        return physical_id, {'ConfigurationEndPoint.Address': host, 'ConfigurationEndPoint.Port': port, **attributes}

    def reaching(variables):
        """A cache listens on the port that its template says; here it is the one port of the server behind all of them."""
        ports = {f'{name[:-13]}_{which}' for name in variables if name.endswith('_CLUSTER_MODE') for which in ('PORT', 'READER_PORT')}
        return {name: port if name in ports else value for name, value in variables.items()}

    handlers.update({
        'AWS::ElastiCache::User': {**users, 'create': create_user, 'update': update_user, 'delete': delete_user},
        'AWS::ElastiCache::ReplicationGroup': {**groups, 'create': create_group},
        'AWS::ElastiCache::ServerlessCache': {
            'create': create_serverless,
            'update': lambda physical_id, _old, new, stack_name, **_named: create_serverless(physical_id, {'ServerlessCacheName': physical_id, **new}, stack_name),
            'delete': lambda _physical_id, _props: None,
        },
    })
    change_variables(handlers, reaching)


def collect_archived_records(_handlers):
    """Upstream: a delivery stream that reads a Kinesis stream writes an object for each record; Firehose writes one for many."""
    from ministack.services import firehose
    ingest = part(firehose, 'ingest_from_kinesis_source')

    def ingest_together(stream_arn, records):
        ingest(stream_arn, [(records[0][0], b''.join(data for _, data in records))] if records else [])

    firehose.ingest_from_kinesis_source = ingest_together


def sign_tokens(_handlers):
    """Upstream: without the package cryptography the signature of a Cognito token is noise, and an API refuses every token.
    Here RSA itself, in a few lines; the key is made when somebody first asks for it."""
    from ministack.services import apigateway, cognito
    part(cognito, '_signed_jwt')
    part(apigateway, '_verify_rs256_signature')
    jwks = part(cognito, 'well_known_jwks')
    if part(cognito, '_RSA_PRIVATE_KEY') is not None:
        return
    exponent, size = 65537, 256
    made = {}
    lock = threading.Lock()

    def encoded(data):
        return base64.urlsafe_b64encode(data).rstrip(b'=').decode()

    def decoded(text):
        return base64.urlsafe_b64decode(text + '=' * (-len(text) % 4))

    def is_prime(number):
        if any(number % small == 0 for small in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47)):
            return False
        twos = (number - 1 & 1 - number).bit_length() - 1
        for _ in range(8):
            power = pow(secrets.randbelow(number - 3) + 2, number - 1 >> twos, number)
            if power not in (1, number - 1) and all((power := power * power % number) != number - 1 for _ in range(twos - 1)):
                return False
        return True

    def prime():
        while True:
            number = secrets.randbits(size * 4) | 3 << size * 4 - 2 | 1
            if number % exponent != 1 and is_prime(number):
                return number

    def key():
        with lock:
            if not made:
                p, q = prime(), prime()
                made.update(n=p * q, d=pow(exponent, -1, (p - 1) * (q - 1)))
                cognito._JWKS_KEY.update(n=encoded(made['n'].to_bytes(size, 'big')), e='AQAB')
            return made

    def digest(signed, length):
        """PKCS #1 1.5 of SHA-256."""
        told = bytes.fromhex('3031300d060960864801650304020105000420') + hashlib.sha256(signed).digest()
        return b'\0\1' + b'\xff' * (length - len(told) - 3) + b'\0' + told

    def sign(claims, *_):
        kid = cognito._JWKS_KEY['kid']
        signed = '.'.join(encoded(json.dumps(each).encode()) for each in ({'alg': 'RS256', 'kid': kid}, claims))
        number = pow(int.from_bytes(digest(signed.encode(), size), 'big'), key()['d'], key()['n'])
        return f'{signed}.{encoded(number.to_bytes(size, "big"))}'

    def verify(token, jwk):
        signed, _, signature = token.rpartition('.')
        n, e = (int.from_bytes(decoded(jwk.get(name, '')), 'big') for name in ('n', 'e'))
        length = (n.bit_length() + 7) // 8
        number = pow(int.from_bytes(decoded(signature), 'big'), e, n)
        return number.to_bytes(length, 'big') == digest(signed.encode(), length)

    def verify_safely(token, jwk):
        try:
            return verify(token, jwk)
        except (ValueError, OverflowError):
            return False

    def published(pool_id):
        key()
        return jwks(pool_id)

    cognito._signed_jwt = sign
    cognito.well_known_jwks = published
    apigateway._verify_rs256_signature = verify_safely


def lead_callbacks_here(handlers):
    """Not a fault: what sends to WebSocket connections is told the address of the API, whose name is no name on a laptop."""
    functions = key(handlers, 'AWS::Lambda::Function')
    address = re.compile(r'^https://([a-z0-9]+)\.execute-api\.[^/]+')

    def here(props):
        variables = (props.get('Environment') or {}).get('Variables') or {}
        led = {name: address.sub(rf'http://127.0.0.1:{os.environ["GATEWAY_PORT"]}/_aws/execute-api/\1', value)
               for name, value in variables.items() if name.endswith('_CALLBACK_URL')}
        return {**props, 'Environment': {**props['Environment'], 'Variables': {**variables, **led}}} if led else props

    def create(logical_id, props, *rest):
        return functions['create'](logical_id, here(props), *rest)

    def update(physical_id, old, new, *rest, **named):
        return functions['update'](physical_id, here(old), here(new), *rest, **named)

    handlers['AWS::Lambda::Function'] = {**functions, 'create': create, 'update': update}


def lead_to_the_postgres(handlers):
    """Upstream: a cluster or an instance made by CloudFormation has an endpoint that nobody answers, and proxies are unknown.
    Where a PostgreSQL stands behind the emulator, every endpoint leads to it, and the database that a template names is made there.
    It lets in whoever comes: passwords and tokens of IAM are not checked."""
    host, port = os.environ.get('LOCAL_POSTGRES_HOST'), os.environ.get('LOCAL_POSTGRES_PORT')
    if not host:
        return
    from ministack.services import rds
    clusters, instances = part(rds, '_clusters'), part(rds, '_instances')
    cluster_handler, instance_handler = key(handlers, 'AWS::RDS::DBCluster'), key(handlers, 'AWS::RDS::DBInstance')
    address = {'Endpoint.Address': host, 'Endpoint.Port': port, 'ReadEndpoint.Address': host}

    def run(statement):
        """One statement as the superuser, in the simple protocol of PostgreSQL; that what is made is there already is no fault."""
        with socket.create_connection((host, int(port)), 10) as server:
            hello = b'\0\x03\0\0user\0postgres\0database\0postgres\0\0'
            server.sendall(struct.pack('!i', len(hello) + 4) + hello)
            query = statement.encode() + b'\0'
            server.sendall(b'Q' + struct.pack('!i', len(query) + 4) + query)
            server.sendall(b'X' + struct.pack('!i', 4))
            answer = b''.join(iter(lambda: server.recv(65536), b''))
        refused = re.search(rb'SERROR\0.*?\0C(\w{5})\0M([^\0]*)', answer)
        if refused and refused[1] not in (b'42P04', b'42710'):
            raise ValueError(f'the local PostgreSQL refused {statement}: {refused[2].decode()}')

    def quoted(name):
        return '"' + name.replace('"', '""') + '"'

    def create_cluster(logical_id, props, stack_name):
        name, attributes = cluster_handler['create'](logical_id, props, stack_name)
        # What the attachment of a secret writes into it.
        clusters[name].update(Endpoint=host, ReaderEndpoint=host, Port=int(port))
        user, database = props.get('MasterUsername'), props.get('DatabaseName')
        if user and user != 'postgres':
            run(f'CREATE ROLE {quoted(user)} SUPERUSER LOGIN')
        if database:
            run(f'CREATE DATABASE {quoted(database)}')
        return name, {**attributes, **address}

    def create_instance(logical_id, props, stack_name):
        name, attributes = instance_handler['create'](logical_id, props, stack_name)
        instances[name]['Endpoint'].update(Address=host, Port=int(port))
        if props.get('DBName'):
            run(f'CREATE DATABASE {quoted(props["DBName"])}')
        return name, {**attributes, **{name_: address[name_] for name_ in ('Endpoint.Address', 'Endpoint.Port')}}

    def delete_cluster(physical_id, props):
        cluster_handler['delete'](physical_id, props)
        others = {cluster.get('DatabaseName') for cluster in clusters.values()}
        if props.get('DatabaseName') and props['DatabaseName'] not in others:
            run(f'DROP DATABASE IF EXISTS {quoted(props["DatabaseName"])} WITH (FORCE)')

    def keeping_the_address(handler):
        def update(physical_id, old, new, *rest):
            name, attributes = handler['update'](physical_id, old, new, *rest)
            return name, {**attributes, **{name_: value for name_, value in address.items() if name_ in attributes}}
        return update

    def proxy(kind, arn):
        def create(logical_id, props, stack_name):
            name = props.get('DBProxyEndpointName') or props.get('DBProxyName') or f'{stack_name}-{logical_id}'.lower()
            arn_ = f'arn:aws:rds:us-east-1:000000000000:{kind}:prx-{hashlib.md5(name.encode()).hexdigest()[:17]}'
            return name, {'Endpoint': host, 'VpcId': 'vpc-00000000', 'IsDefault': 'false', arn: arn_}
        return {'create': create, 'delete': lambda _physical_id, _props: None,
                'update': lambda physical_id, _old, new, stack_name: create(physical_id, new, stack_name)}

    def reaching(variables):
        """A database listens on the port that its template says; here it is the one port of the server behind all of them."""
        ports = {f'{name[:-9]}_PORT' for name in variables if name.endswith('_DATABASE') and f'{name[:-9]}_HOST' in variables}
        return {name: port if name in ports else value for name, value in variables.items()}

    change_variables(handlers, reaching)
    handlers.update({
        'AWS::RDS::DBCluster': {**cluster_handler, 'create': create_cluster, 'delete': delete_cluster,
                                'update': keeping_the_address(cluster_handler)},
        'AWS::RDS::DBInstance': {**instance_handler, 'create': create_instance, 'update': keeping_the_address(instance_handler)},
        'AWS::RDS::DBProxy': proxy('db-proxy', 'DBProxyArn'),
        'AWS::RDS::DBProxyEndpoint': proxy('db-proxy-endpoint', 'DBProxyEndpointArn'),
    })


REPAIRS = (keep_table_settings, read_cors_of_templates, tell_how_an_api_was_reached, hide_function_errors, name_function_errors,
           share_the_machine, name_log_group, authorize_batches_of_queues, redrive_dead_letters, trust_loopback, set_failed_batches_aside,
           fill_in_schedule_attributes, refer_to_secrets_by_arn, tell_targets_apart_by_port, look_at_repositories_by_name,
           scale_to_the_minimum, lead_to_the_valkey, lead_to_the_postgres, collect_archived_records, sign_tokens, lead_callbacks_here)


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
