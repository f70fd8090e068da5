/** Where caches and databases are told to be, with servers behind the emulator: plain ministack leads to nobody. */
import { freePort } from '../../../local/free-port';
import type { LocalAws } from '../../../local';
import { start, stopAll } from '../start';
import { deploy, type Template } from './cloudformation';

const get = (resource: string, attribute: string) => ({ Value: { 'Fn::GetAtt': [resource, attribute] } });

/** Nothing that would make the emulator talk to a server: no user, no database. */
const KNOWN: Template = {
  Resources: {
    Nodes: {
      Type: 'AWS::ElastiCache::ReplicationGroup',
      Properties: { ReplicationGroupDescription: 'x', Engine: 'valkey', CacheNodeType: 'cache.t4g.micro', NumCacheClusters: 1 },
    },
    Cluster: { Type: 'AWS::RDS::DBCluster', Properties: { Engine: 'aurora-postgresql' } },
    Writer: {
      Type: 'AWS::RDS::DBInstance',
      Properties: { Engine: 'aurora-postgresql', DBInstanceClass: 'db.serverless', DBClusterIdentifier: { Ref: 'Cluster' } },
    },
  },
  Outputs: {
    NodesPort: get('Nodes', 'PrimaryEndPoint.Port'),
    ClusterHost: get('Cluster', 'Endpoint.Address'),
    ClusterPort: get('Cluster', 'Endpoint.Port'),
    ReaderHost: get('Cluster', 'ReadEndpoint.Address'),
    WriterHost: get('Writer', 'Endpoint.Address'),
    WriterPort: get('Writer', 'Endpoint.Port'),
  },
};

/** Types that plain ministack does not know. */
const UNKNOWN: Record<string, Template> = {
  'a serverless cache': {
    Resources: { Cache: { Type: 'AWS::ElastiCache::ServerlessCache', Properties: { Engine: 'valkey', ServerlessCacheName: 'cache' } } },
    Outputs: { Host: get('Cache', 'Endpoint.Address'), Port: get('Cache', 'Endpoint.Port') },
  },
  'a proxy': {
    Resources: { Proxy: { Type: 'AWS::RDS::DBProxy', Properties: { DBProxyName: 'proxy', EngineFamily: 'POSTGRESQL' } } },
    Outputs: { Host: get('Proxy', 'Endpoint') },
  },
};

let ports: { readonly valkey: number; readonly postgres: number };
let plain: LocalAws;
let repaired: LocalAws;
beforeAll(async () => {
  // Nobody listens there.
  ports = { valkey: await freePort(), postgres: await freePort() };
  const environment = {
    LOCAL_VALKEY_HOST: '127.0.0.1', LOCAL_VALKEY_PORT: String(ports.valkey),
    LOCAL_POSTGRES_HOST: '127.0.0.1', LOCAL_POSTGRES_PORT: String(ports.postgres),
  };
  [plain, repaired] = await Promise.all([start({ environment, plain: true }), start({ environment })]);
}, 60_000);
afterAll(stopAll);

test('endpoints lead to the servers', async () => {
  const [without, withThem] = await Promise.all([deploy(plain, 'Known', KNOWN), deploy(repaired, 'Known', KNOWN)]);
  const [valkey, postgres] = [String(ports.valkey), String(ports.postgres)];
  expect(withThem).toEqual({
    NodesPort: valkey, ClusterHost: '127.0.0.1', ClusterPort: postgres, ReaderHost: '127.0.0.1', WriterHost: '127.0.0.1', WriterPort: postgres,
  });
  expect(without).not.toMatchObject({ NodesPort: valkey });
  expect(without).not.toMatchObject({ ClusterHost: '127.0.0.1', ClusterPort: postgres });
  expect(without).not.toMatchObject({ WriterHost: '127.0.0.1', WriterPort: postgres });
}, 60_000);

test.each(Object.entries(UNKNOWN))('%s can be made', async (name, template) => {
  const stack = name.replaceAll(' ', '-');
  await expect(deploy(plain, stack, template)).rejects.toThrow('Unrecognized resource types');
  expect(await deploy(repaired, stack, template)).toMatchObject({ Host: '127.0.0.1' });
}, 60_000);
