"""Secrets."""

from ministack.services import secretsmanager

from ..repair import key, part


def refer_to_secrets_by_arn(handlers):
    """Upstream: the Ref of a secret is its name; on AWS it is the ARN, which is what every grant of the CDK says."""
    resolve, handler = part(secretsmanager, '_resolve'), key(handlers, 'AWS::SecretsManager::Secret')

    def by_arn(answer):
        return answer[1]['Arn'], answer[1]

    def create(*args):
        return by_arn(handler['create'](*args))

    def update(physical_id, *rest):
        return by_arn(handler['update'](resolve(physical_id)[0], *rest))

    def delete(physical_id, props):
        handler['delete'](resolve(physical_id)[0], props)

    handlers['AWS::SecretsManager::Secret'] = {**handler, 'create': create, 'update': update, 'delete': delete}


REPAIRS = (refer_to_secrets_by_arn,)
