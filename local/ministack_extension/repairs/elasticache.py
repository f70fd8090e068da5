"""Caches, with a Valkey behind them."""

import os
import socket
import ssl

from ministack.services import elasticache

from ..repair import change_variables, key, part


def lead_to_the_valkey(handlers):
    """Upstream: without Docker there is nothing behind an ElastiCache endpoint, CloudFormation knows no serverless cache, and
    users are only kept. Where a Valkey stands behind the emulator, every cache leads to it and its users may sign in there.
    A token of IAM is not checked: any password of such a user will do; what the user may do is the server's to enforce."""
    host, port = os.environ.get('LOCAL_VALKEY_HOST'), os.environ.get('LOCAL_VALKEY_PORT')
    if not host:
        return
    part(elasticache, '_spawn_redis_container')
    elasticache._spawn_redis_container = lambda *_args, **_kwargs: (host, int(port), None)
    arn_of = part(elasticache, '_arn_serverless_cache')
    groups, users = key(handlers, 'AWS::ElastiCache::ReplicationGroup'), key(handlers, 'AWS::ElastiCache::User')

    def ask(*words):
        ask_at(host, int(port), words)

    def let_in(props):
        mode = props.get('AuthenticationMode') or {}
        passwords = props.get('Passwords') or mode.get('Passwords') or []
        ask('ACL', 'SETUSER', props['UserName'], 'reset', *(f'>{word}' for word in passwords) if passwords else ['nopass'],
            *props['AccessString'].split())
        ask('ACL', 'SAVE')

    def create_user(logical_id, props, stack_name):
        let_in(props)
        return users['create'](logical_id, props, stack_name)

    def update_user(physical_id, old, new, *rest):
        let_in(new)
        return users['update'](physical_id, old, new, *rest)

    def delete_user(physical_id, props):
        ask('ACL', 'DELUSER', props['UserName'])
        ask('ACL', 'SAVE')
        return users['delete'](physical_id, props)

    def create_serverless(logical_id, props, stack_name):
        name = props.get('ServerlessCacheName') or f'{stack_name}-{logical_id}'.lower()
        return name, {
            'Endpoint.Address': host, 'Endpoint.Port': port, 'ReaderEndpoint.Address': host, 'ReaderEndpoint.Port': port,
            'ARN': arn_of(name), 'Status': 'AVAILABLE', 'FullEngineVersion': '8.2',
        }

    def update_serverless(physical_id, _old, new, stack_name):
        return create_serverless(physical_id, {'ServerlessCacheName': physical_id, **new}, stack_name)

    def create_group(logical_id, props, stack_name):
        physical_id, attributes = groups['create'](logical_id, props, stack_name)
        return physical_id, {'ConfigurationEndPoint.Address': host, 'ConfigurationEndPoint.Port': port, **attributes}

    def reaching(variables):
        """A cache listens on the port that its template says; here it is the one port of the server behind all of them."""
        caches = [name.removesuffix('CLUSTER_MODE') for name in variables if name.endswith('_CLUSTER_MODE')]
        ports = {f'{cache}{which}' for cache in caches for which in ('PORT', 'READER_PORT')}
        return {name: port if name in ports else value for name, value in variables.items()}

    handlers.update({
        'AWS::ElastiCache::User': {**users, 'create': create_user, 'update': update_user, 'delete': delete_user},
        'AWS::ElastiCache::ReplicationGroup': {**groups, 'create': create_group},
        'AWS::ElastiCache::ServerlessCache': {
            'create': create_serverless, 'update': update_serverless, 'delete': lambda _physical_id, _props: None,
        },
    })
    change_variables(handlers, reaching)


def ask_at(host, port, words):
    """One command over TLS, in the protocol of Valkey."""
    context = ssl.create_default_context(cafile=os.environ['NODE_EXTRA_CA_CERTS'])
    with socket.create_connection((host, port), 10) as plain, context.wrap_socket(plain, server_hostname=host) as server:
        command = [b'$%d\r\n%s\r\n' % (len(word), word) for word in map(str.encode, words)]
        server.sendall(b'*%d\r\n' % len(words) + b''.join(command))
        answer = server.recv(4096).decode()
    if answer.startswith('-'):
        raise ValueError(f'the local Valkey refused {words[:3]}: {answer[1:].strip()}')


REPAIRS = (lead_to_the_valkey,)
