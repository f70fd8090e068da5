"""Tables of DynamoDB."""

from ministack.services import dynamodb
from ministack.services.cloudformation import provisioners

from ..repair import key, part


def keep_table_settings(handlers):
    """Upstream: the CloudFormation create of a table drops time to live and point-in-time recovery, and every
    update of an AWS::DynamoDB::GlobalTable replaces the table, losing its items."""
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


REPAIRS = (keep_table_settings,)
