"""What the repairs are made with: parts of ministack that must be there, and templates that say something else."""

import sys

MINISTACK_VERSION = '1.5.33'


def refuse_to_start(reason):
    sys.exit(f'local AWS: {reason}. The repairs in ministack_extension are written for ministack '
             f'{MINISTACK_VERSION}: check each of them before moving the pin.')


def part(module, name):
    """An inner part of ministack that a repair leans on; its absence must stop the start, not a later deploy."""
    if not hasattr(module, name):
        refuse_to_start(f'{module.__name__} has no {name}')
    return getattr(module, name)


def key(mapping, name):
    """The same of an entry."""
    if name not in mapping:
        refuse_to_start(f'ministack has no entry {name}')
    return mapping[name]


def change_props(handlers, resource_type, changed):
    """Has every resource of a type made with properties other than its template says."""
    handler = key(handlers, resource_type)

    def create(logical_id, props, *rest):
        return handler['create'](logical_id, changed(props), *rest)

    def update(physical_id, old, new, *rest):
        return handler['update'](physical_id, changed(old), changed(new), *rest)

    key(handler, 'update')
    handlers[resource_type] = {**handler, 'create': create, 'update': update}


def change_variables(handlers, changed):
    """Has functions and containers start with variables other than their template says."""
    def in_function(props):
        variables = (props.get('Environment') or {}).get('Variables')
        return {**props, 'Environment': {**props['Environment'], 'Variables': changed(variables)}} if variables else props

    def in_container(definition):
        variables = {pair['Name']: pair['Value'] for pair in definition.get('Environment') or []}
        environment = [{'Name': name, 'Value': value} for name, value in changed(variables).items()]
        return {**definition, 'Environment': environment} if environment else definition

    def in_task(props):
        containers = [in_container(definition) for definition in props.get('ContainerDefinitions') or []]
        return {**props, 'ContainerDefinitions': containers} if containers else props

    change_props(handlers, 'AWS::Lambda::Function', in_function)
    change_props(handlers, 'AWS::ECS::TaskDefinition', in_task)
