"""Application Auto Scaling."""

from ministack.services import ecs

from ..repair import part


def scale_to_the_minimum(handlers):
    """Upstream: Application Auto Scaling does not exist. Of it, here: a service has at least as many tasks as its target says."""
    update = part(ecs, '_update_service')

    def create(logical_id, props, _stack_name):
        _, cluster, service = props['ResourceId'].split('/')
        if props.get('ServiceNamespace') == 'ecs':
            update({'cluster': cluster, 'service': service, 'desiredCount': int(props['MinCapacity'])})
        return f'{props["ResourceId"]}|{props.get("ScalableDimension")}|{props.get("ServiceNamespace")}', {}

    handlers['AWS::ApplicationAutoScaling::ScalableTarget'] = {
        'create': create,
        'update': lambda _physical_id, _old, new, stack_name: create('', new, stack_name),
        'delete': lambda _physical_id, _props: None,
    }


REPAIRS = (scale_to_the_minimum,)
