"""Functions that read streams: batches that fail, and where a reader begins."""

import hashlib
import json
import threading
import time
import uuid

from ministack.services import kinesis, lambda_svc, sqs

from ..repair import key, part


def set_failed_batches_aside(handlers):
    """Upstream: a mapping of a stream ignores its attempts, its halves and its failure destination; what a function answers
    in batchItemFailures of a stream is lost; and reading a Kinesis stream from a time on reads only what is new."""
    execute, mappings = part(lambda_svc, '_execute_function'), part(lambda_svc, '_iter_all_esms')
    positions, streams = part(lambda_svc, '_kinesis_positions'), part(kinesis, '_streams')
    queue_by_arn, handler = part(sqs, '_queue_by_arn'), key(handlers, 'AWS::Lambda::EventSourceMapping')
    polled = threading.local()

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
            positions[mapping_id] = {
                shard_id: sum(record['ApproximateArrivalTimestamp'] < float(since) for record in shard['records'])
                for shard_id, shard in stream['shards'].items()
            }
        return mapping_id, attributes

    lambda_svc._execute_function, lambda_svc._iter_all_esms = execute_and_retry, mappings_and_which
    handlers['AWS::Lambda::EventSourceMapping'] = {**handler, 'create': create}


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


REPAIRS = (set_failed_batches_aside,)
