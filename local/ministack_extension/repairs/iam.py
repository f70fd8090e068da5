"""Who may do what."""

import json

from ministack import app
from ministack.core import iam_actions

from ..repair import part


def authorize_batches_of_queues(_handlers):
    """Upstream: a batch of SQS needs a right of its own; AWS authorizes it as its parts: sqs:SendMessage for SendMessageBatch."""
    extract = part(iam_actions, 'extract_iam_action')

    def as_its_parts(*args):
        action = extract(*args)
        return action.removesuffix('Batch') if action and action.startswith('sqs:') else action

    iam_actions.extract_iam_action = as_its_parts


def look_at_repositories_by_name(_handlers):
    """Upstream: to describe some repositories of ECR takes a right to all; AWS asks for a right to each that is named. Whoever
    publishes images has that to one."""
    extract = part(iam_actions, 'extract_resource_arn')

    def extract_with_names(service, method, path, headers, body, query, region, account):
        found = extract(service, method, path, headers, body, query, region, account)
        names = json.loads(body or '{}').get('repositoryNames') if service == 'ecr' and found == '*' else None
        return f'arn:aws:ecr:{region}:{account}:repository/{names[0]}' if names and len(names) == 1 else found

    iam_actions.extract_resource_arn = extract_with_names


def trust_loopback(_handlers):
    """Not a fault: the emulator speaks plain HTTP on 127.0.0.1. A policy that refuses insecure transport must let
    that pass, or with IAM enforced no queue with enforceSSL could be used."""
    pin = part(app, 'pin_request_origin')
    app.pin_request_origin = lambda source_ip, _secure: pin(source_ip, True)


REPAIRS = (authorize_batches_of_queues, look_at_repositories_by_name, trust_loopback)
