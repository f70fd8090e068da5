"""Queues: the way back from a dead-letter queue."""

import time
import uuid

from ministack.services import sqs

from ..repair import part


def redrive_dead_letters(_handlers):
    """Upstream: StartMessageMoveTask and ListMessageMoveTasks do not exist."""
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


REPAIRS = (redrive_dead_letters,)
