"""Schedules of EventBridge."""

import time

from ministack.services import eventbridge

from ..repair import part


def fill_in_schedule_attributes(_handlers):
    """Upstream: what a schedule hands on holds <aws.scheduler.scheduled-time> and its kind as they stand."""
    invoke = part(eventbridge, '_invoke_target')

    def invoke_with_attributes(target, event, rule, view=None):
        if event.get('Source') == 'aws.scheduler' and isinstance(target.get('Input'), str):
            text = target['Input']
            attributes = {
                'schedule-arn': event['Resources'][0],
                'execution-id': event['EventId'],
                'attempt-number': '1',
                'scheduled-time': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(event['Time'])),
            }
            for name, value in attributes.items():
                text = text.replace(f'<aws.scheduler.{name}>', value)
            target = {**target, 'Input': text}
        return invoke(target, event, rule, view)

    eventbridge._invoke_target = invoke_with_attributes


REPAIRS = (fill_in_schedule_attributes,)
