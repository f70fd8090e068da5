"""Databases, with a PostgreSQL behind them."""

import hashlib
import os
import re
import socket
import struct

from ministack.services import rds

from ..repair import change_variables, key, part


def lead_to_the_postgres(handlers):
    """Upstream: a cluster or an instance made by CloudFormation has an endpoint that nobody answers, and proxies are unknown.
    Where a PostgreSQL stands behind the emulator, every endpoint leads to it, and the database that a template names is made
    there. It lets in whoever comes: passwords and tokens of IAM are not checked."""
    host, port = os.environ.get('LOCAL_POSTGRES_HOST'), os.environ.get('LOCAL_POSTGRES_PORT')
    if not host:
        return
    clusters, instances = part(rds, '_clusters'), part(rds, '_instances')
    cluster_handler, instance_handler = key(handlers, 'AWS::RDS::DBCluster'), key(handlers, 'AWS::RDS::DBInstance')
    address = {'Endpoint.Address': host, 'Endpoint.Port': port, 'ReadEndpoint.Address': host}

    def run(statement):
        run_on(host, int(port), statement)

    def create_cluster(logical_id, props, stack_name):
        name, attributes = cluster_handler['create'](logical_id, props, stack_name)
        # What the attachment of a secret writes into it.
        clusters[name].update(Endpoint=host, ReaderEndpoint=host, Port=int(port))
        user, database = props.get('MasterUsername'), props.get('DatabaseName')
        if user and user != 'postgres':
            run(f'CREATE ROLE {quoted(user)} SUPERUSER LOGIN')
        if database:
            run(f'CREATE DATABASE {quoted(database)}')
        return name, {**attributes, **address}

    def create_instance(logical_id, props, stack_name):
        name, attributes = instance_handler['create'](logical_id, props, stack_name)
        instances[name]['Endpoint'].update(Address=host, Port=int(port))
        if props.get('DBName'):
            run(f'CREATE DATABASE {quoted(props["DBName"])}')
        return name, {**attributes, **{name_: address[name_] for name_ in ('Endpoint.Address', 'Endpoint.Port')}}

    def delete_cluster(physical_id, props):
        cluster_handler['delete'](physical_id, props)
        others = {cluster.get('DatabaseName') for cluster in clusters.values()}
        if props.get('DatabaseName') and props['DatabaseName'] not in others:
            run(f'DROP DATABASE IF EXISTS {quoted(props["DatabaseName"])} WITH (FORCE)')

    def keeping_the_address(handler):
        def update(physical_id, old, new, *rest):
            name, attributes = handler['update'](physical_id, old, new, *rest)
            return name, {**attributes, **{name_: value for name_, value in address.items() if name_ in attributes}}
        return update

    def proxy(kind, arn):
        def create(logical_id, props, stack_name):
            name = props.get('DBProxyEndpointName') or props.get('DBProxyName') or f'{stack_name}-{logical_id}'.lower()
            arn_ = f'arn:aws:rds:us-east-1:000000000000:{kind}:prx-{hashlib.md5(name.encode()).hexdigest()[:17]}'
            return name, {'Endpoint': host, 'VpcId': 'vpc-00000000', 'IsDefault': 'false', arn: arn_}
        return {'create': create, 'delete': lambda _physical_id, _props: None,
                'update': lambda physical_id, _old, new, stack_name: create(physical_id, new, stack_name)}

    def reaching(variables):
        """A database listens on the port that its template says; here it is the one port of the server behind all of them."""
        databases = [name.removesuffix('DATABASE') for name in variables if name.endswith('_DATABASE')]
        ports = {f'{database}PORT' for database in databases if f'{database}HOST' in variables}
        return {name: port if name in ports else value for name, value in variables.items()}

    change_variables(handlers, reaching)
    handlers.update({
        'AWS::RDS::DBCluster': {**cluster_handler, 'create': create_cluster, 'delete': delete_cluster,
                                'update': keeping_the_address(cluster_handler)},
        'AWS::RDS::DBInstance': {**instance_handler, 'create': create_instance, 'update': keeping_the_address(instance_handler)},
        'AWS::RDS::DBProxy': proxy('db-proxy', 'DBProxyArn'),
        'AWS::RDS::DBProxyEndpoint': proxy('db-proxy-endpoint', 'DBProxyEndpointArn'),
    })


def run_on(host, port, statement):
    """One statement as the superuser, in the simple protocol of PostgreSQL; that what is made is there already is no fault."""
    with socket.create_connection((host, port), 10) as server:
        # Version 3.0.
        hello = b'\0\x03\0\0user\0postgres\0database\0postgres\0\0'
        server.sendall(struct.pack('!i', len(hello) + 4) + hello)
        query = statement.encode() + b'\0'
        server.sendall(b'Q' + struct.pack('!i', len(query) + 4) + query)
        server.sendall(b'X' + struct.pack('!i', 4))
        answer = b''.join(iter(lambda: server.recv(65536), b''))
    refused = re.search(rb'SERROR\0.*?\0C(\w{5})\0M([^\0]*)', answer)
    if refused and refused[1] not in (b'42P04', b'42710'):
        raise ValueError(f'the local PostgreSQL refused {statement}: {refused[2].decode()}')


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


REPAIRS = (lead_to_the_postgres,)
