"""Targets of load balancers."""

from ministack.services import alb

from ..repair import key, part


def tell_targets_apart_by_port(_handlers):
    """Upstream: one address is one target of a load balancer, whatever its ports. On AWS it is address and port, and tasks of
    one machine differ in nothing else."""
    actions, groups = part(alb, '_ACTION_MAP'), part(alb, '_tgs')
    targets, parse, empty = part(alb, '_targets'), part(alb, '_parse_targets_param'), part(alb, '_empty')

    def changing(action, change):
        original = key(actions, action)

        def changed(params):
            given = params.get('TargetGroupArn')
            group = groups.get(given[0] if isinstance(given, list) else given)
            if group is None or group.get('TargetType') != 'ip':
                return original(params)
            named = [{'Id': target['Id'], 'Port': int(target.get('Port') or group.get('Port') or 80)} for target in parse(params)]
            arn = group['TargetGroupArn']
            targets[arn] = change(targets.get(arn, []), named)
            return empty(action)

        actions[action] = changed

    changing('RegisterTargets', lambda known, named: known + [target for target in named if target not in known])
    changing('DeregisterTargets', lambda known, named: [target for target in known if target not in named])


REPAIRS = (tell_targets_apart_by_port,)
