import { CfnParameter, Lazy, Size, type Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { Access, Profile, TrafficEstimate } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { Network } from '../../../lib/network';
import { RelationalDatabase } from '../../../lib/relational-database';
import { type ExistingDomain, SearchEngine, SearchField, SearchIndex, type SearchIndexProps, SearchLanguage } from '../../../lib/search-index';
import { SEARCH_INDEX_RULES } from '../../../lib/search-index/search-index-rules';
import { sizeIndex } from '../../../lib/search-index/sizing';
import { searchIndexSettings } from '../../../runtime/search-index';
import { codesOf, HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, stackWith, statementsOf, templateOf } from '../../support/stacks';

const DOMAIN = 'AWS::OpenSearchService::Domain';
const ALARM = 'AWS::CloudWatch::Alarm';
const { OPENSEARCH, POSTGRES } = SearchEngine;
const FIELDS = [SearchField.text('title', { weight: 8 }), SearchField.text('description'), SearchField.keyword('city'), SearchField.number('price')];
const ARN = 'arn:aws:es:eu-west-1:111122223333:domain/shared';

const attribute = (name: string, of: string) => ({ 'Fn::GetAtt': [name, of] });
const withoutNetwork = (stack: Stack) =>
  Object.fromEntries(Object.entries(resourcesOf(stack)).filter(([name]) => !name.startsWith('Network')));

/** An index in a stack of its own. */
function made(props: Partial<SearchIndexProps> = {}, profile = Profile.SANDBOX, context = {}) {
  const stack = stackWith(profile, { context });
  const index = new SearchIndex(stack, 'Events', { fields: FIELDS, ...props });
  return { stack, index };
}

const worker = (stack: Stack, id = 'Worker') => new FunctionService(stack, id, { handler: HANDLER, network: Network.of(stack) });
const variables = (stack: Stack, name = 'WorkerFunction') =>
  (resourcesOf(stack)[name]!.Properties.Environment as { Variables: Record<string, unknown> }).Variables;
/** What the role of a function was granted on domains. */
const granted = (stack: Stack) => statementsOf(stack).filter(({ Action }) => String([Action].flat()[0]).startsWith('es:'));
const existing = (stack: Stack): ExistingDomain => ({
  domainArn: ARN, endpoint: 'vpc-shared.eu-west-1.es.amazonaws.com',
  securityGroup: SecurityGroup.fromSecurityGroupId(stack, 'Imported', 'sg-0123456789abcdef0'),
});

describe('OpenSearch', () => {
  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('is one small node under SANDBOX, under %s', (_, context) => {
    const { stack, index } = made({ engine: OPENSEARCH }, Profile.SANDBOX, context);
    expect(templateOf(stack).Outputs).toBeUndefined();
    expect(withoutNetwork(stack)).toEqual({
      EventsSecurityGroup: {
        Type: 'AWS::EC2::SecurityGroup',
        Properties: {
          GroupDescription: 'Stack/Events',
          SecurityGroupEgress: [{ CidrIp: '255.255.255.255/32', Description: 'Disallow all traffic', IpProtocol: 'icmp', FromPort: 252, ToPort: 86 }],
          VpcId: { Ref: 'NetworkVpc' },
        },
      },
      EventsDomain: {
        Type: DOMAIN,
        Properties: {
          AdvancedOptions: { 'rest.action.multi.allow_explicit_index': 'false' },
          ClusterConfig: { DedicatedMasterEnabled: false, InstanceCount: 1, InstanceType: 't3.small.search', ZoneAwarenessEnabled: false },
          DomainEndpointOptions: { EnforceHTTPS: true, TLSSecurityPolicy: 'Policy-Min-TLS-1-2-PFS-2023-10' },
          EBSOptions: { EBSEnabled: true, VolumeSize: 10, VolumeType: 'gp3' },
          EncryptionAtRestOptions: { Enabled: true },
          EngineVersion: 'OpenSearch_3.3',
          NodeToNodeEncryptionOptions: { Enabled: true },
          SoftwareUpdateOptions: { AutoSoftwareUpdateEnabled: true },
          VPCOptions: {
            SecurityGroupIds: [attribute('EventsSecurityGroup', 'GroupId')],
            SubnetIds: [{ Ref: 'NetworkVpcIsolatedSubnet1Subnet' }],
          },
        },
        DeletionPolicy: 'Delete',
        UpdateReplacePolicy: 'Delete',
      },
    });
    expect(index.node.defaultChild).toBe(index.domain);
    expect([index.engine, index.database, index.logs, index.sizing]).toEqual([OPENSEARCH, undefined, [], []]);
  });

  test('is the engine under PRODUCTION: two zones, three that manage, logs, alarms, and kept', () => {
    const { stack, index } = made({}, Profile.PRODUCTION);
    expect(Object.keys(withoutNetwork(stack)).sort()).toEqual([
      'EventsCpuAlarm', 'EventsDomain', 'EventsErrorLogs', 'EventsLogPolicyResourcePolicy', 'EventsMemoryAlarm', 'EventsRedAlarm',
      'EventsSecurityGroup', 'EventsSlowSearchLogs', 'EventsSlowWriteLogs', 'EventsStorageAlarm', 'EventsWritesBlockedAlarm', 'EventsYellowAlarm',
    ]);
    expect(onlyOne(stack, DOMAIN)).toMatchObject({
      ClusterConfig: {
        DedicatedMasterCount: 3, DedicatedMasterEnabled: true, DedicatedMasterType: 'm7g.medium.search', InstanceCount: 2,
        InstanceType: 'm7g.large.search', ZoneAwarenessConfig: { AvailabilityZoneCount: 2 }, ZoneAwarenessEnabled: true,
      },
      EBSOptions: { VolumeSize: 50 },
      VPCOptions: { SubnetIds: [{ Ref: 'NetworkVpcIsolatedSubnet1Subnet' }, { Ref: 'NetworkVpcIsolatedSubnet2Subnet' }] },
    });
    const { EventsDomain: domain, EventsSecurityGroup: group } = resourcesOf(stack);
    expect([domain, group]).toMatchObject([{ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' }, { DeletionPolicy: 'Retain' }]);
    expect(Object.keys(onlyOne(stack, DOMAIN).LogPublishingOptions as object)).toEqual(['ES_APPLICATION_LOGS', 'SEARCH_SLOW_LOGS', 'INDEX_SLOW_LOGS']);
    expect(onlyOne(stack, 'AWS::Logs::ResourcePolicy').PolicyDocument).toEqual(expect.objectContaining({
      'Fn::Join': ['', expect.arrayContaining([expect.stringContaining('es.amazonaws.com')])],
    }));
    expect(index.logs).toHaveLength(3);
    const thresholds = namesOf(stack, ALARM).map((name) => {
      const { MetricName, Threshold, Statistic, Period, EvaluationPeriods, Namespace } = resourcesOf(stack)[name]!.Properties;
      return [MetricName, Threshold, Statistic, Period, EvaluationPeriods, Namespace];
    });
    expect(thresholds).toEqual([
      ['ClusterStatus.red', 1, 'Maximum', 60, 1, 'AWS/ES'],
      ['ClusterStatus.yellow', 1, 'Maximum', 60, 10, 'AWS/ES'],
      ['ClusterIndexWritesBlocked', 1, 'Maximum', 60, 1, 'AWS/ES'],
      ['FreeStorageSpace', 12_800, 'Minimum', 60, 3, 'AWS/ES'],
      ['JVMMemoryPressure', 95, 'Maximum', 60, 3, 'AWS/ES'],
      ['CPUUtilization', 80, 'Maximum', 300, 3, 'AWS/ES'],
    ]);
  });

  test('takes every choice', () => {
    const stack = stackWith(Profile.PRODUCTION);
    const index = new SearchIndex(stack, 'Events', {
      fields: FIELDS,
      engine: OPENSEARCH,
      language: SearchLanguage.GERMAN,
      nodes: { count: 4, type: 'r7g.large.search', storage: Size.gibibytes(100), managers: 5, managerType: 'm7g.large.search' },
      engineVersion: 'OpenSearch_2.19',
      documents: 100_000_000,
      traffic: new TrafficEstimate({ requestsPerSecond: 100, itemSize: Size.kibibytes(1) }),
      network: new Network(stack, 'Three', { vpcProps: { availabilityZones: ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'] } }),
      encryptionKey: new Key(stack, 'Key'),
      domainProps: { offPeakWindowOptions: { enabled: true }, softwareUpdateOptions: { autoSoftwareUpdateEnabled: false } },
    });
    worker(stack).use(index, Access.READ);
    expect(onlyOne(stack, DOMAIN)).toMatchObject({
      ClusterConfig: {
        InstanceCount: 4, InstanceType: 'r7g.large.search', ZoneAwarenessConfig: { AvailabilityZoneCount: 3 },
        DedicatedMasterCount: 5, DedicatedMasterType: 'm7g.large.search',
      },
      EBSOptions: { VolumeSize: 100 },
      EngineVersion: 'OpenSearch_2.19',
      EncryptionAtRestOptions: { Enabled: true, KmsKeyId: { Ref: 'Key' } },
      OffPeakWindowOptions: { Enabled: true },
      SoftwareUpdateOptions: { AutoSoftwareUpdateEnabled: false },
    });
    expect(index.sizing.map(({ name, value }) => [name, value])).toEqual([['storage', 70], ['shards', 4]]);
    expect(variables(stack)).toMatchObject({ EVENTS_LANGUAGE: 'german', EVENTS_SHARDS: '4', EVENTS_REPLICAS: '1' });
  });

  test('warns of one node under PRODUCTION', () => {
    const { stack } = made({ nodes: { count: 1 } }, Profile.PRODUCTION);
    Annotations.fromStack(stack).hasWarning('/Stack/Events', Match.stringLikeRegexp('nodes.count is 1.*SearchIndex.OneNode'));
    expect(onlyOne(stack, DOMAIN).VPCOptions).toMatchObject({ SubnetIds: [{ Ref: 'NetworkVpcIsolatedSubnet1Subnet' }] });
  });

  test('has metrics', () => {
    const { stack, index } = made({ engine: OPENSEARCH });
    const metrics = [index.metricSearchLatency(), index.metricFreeStorage(), index.metricCpu(), index.metricMemory({ statistic: 'Average' })];
    expect(metrics.map((metric) => {
      const { namespace, metricName, statistic, dimensions } = metric.toMetricConfig().metricStat!;
      return [namespace, metricName, statistic, dimensions!.map(({ name }) => name), stack.resolve(dimensions![1]!.value)];
    })).toEqual([['SearchLatency', 'Average'], ['FreeStorageSpace', 'Minimum'], ['CPUUtilization', 'Maximum'], ['JVMMemoryPressure', 'Average']]
      .map(([name, statistic]) => ['AWS/ES', name, statistic, ['ClientId', 'DomainName'], { Ref: expect.stringMatching(/^EventsDomain/) }]));
  });
});

describe('wiring', () => {
  test('a searcher may search, and nothing else', () => {
    const { stack, index } = made({ engine: OPENSEARCH });
    worker(stack).use(index, Access.READ, { name: 'Shows' });
    expect(granted(stack)).toEqual([{
      Effect: 'Allow', Action: 'es:ESHttpPost', Resource: { 'Fn::Join': ['', [attribute('EventsDomain', 'Arn'), `/${index.indexName}/_search`]] },
    }]);
    expect(variables(stack)).toEqual({
      SHOWS_ENGINE: 'opensearch',
      SHOWS_INDEX: index.indexName,
      SHOWS_LANGUAGE: 'english',
      SHOWS_FIELDS: 'title:text:8,description:text:1,city:keyword,price:number',
      SHOWS_ENDPOINT: { 'Fn::Join': ['', ['https://', attribute('EventsDomain', 'DomainEndpoint')]] },
      SHOWS_SHARDS: '1',
      SHOWS_REPLICAS: '0',
    });
    expect(onlyOne(stack, 'AWS::EC2::SecurityGroupIngress')).toMatchObject({ FromPort: 443, ToPort: 443, IpProtocol: 'tcp' });
  });

  test('a writer may keep its own index, and neither search nor delete it', () => {
    const { stack, index } = made({ engine: OPENSEARCH });
    worker(stack).use(index, Access.WRITE);
    expect(granted(stack)).toEqual([{
      Effect: 'Allow',
      Action: ['es:ESHttpGet', 'es:ESHttpPost', 'es:ESHttpPut'],
      Resource: [`/${index.indexName}-*`, '/_aliases'].map((path) => ({ 'Fn::Join': ['', [attribute('EventsDomain', 'Arn'), path]] })),
    }]);
  });

  test('the code understands what it is told', () => {
    const { stack, index } = made({ engine: OPENSEARCH });
    worker(stack).use(index, Access.READ);
    const told = Object.fromEntries(Object.entries(variables(stack)).map(([name, value]) => [name, typeof value === 'string' ? value : 'https://d']));
    expect(searchIndexSettings('EVENTS', told)).toEqual({
      engine: 'opensearch', index: index.indexName, language: 'english', endpoint: 'https://d', shards: 1, replicas: 0,
      fields: [
        { name: 'title', kind: 'text', weight: 8 }, { name: 'description', kind: 'text', weight: 1 },
        { name: 'city', kind: 'keyword' }, { name: 'price', kind: 'number' },
      ],
    });
    expect(index.indexName).toMatch(/^events_[0-9a-f]{8}$/);
  });

  test('compute outside any network is refused', () => {
    const { stack, index } = made({ engine: OPENSEARCH });
    const outside = new FunctionService(stack, 'Outside', { handler: HANDLER });
    expect(codesOf(() => outside.use(index, Access.READ))).toEqual(['Wiring.NoNetworkPath']);
  });

  test('two indexes in one stack have names and domains of their own', () => {
    const { stack, index } = made({ engine: OPENSEARCH });
    const other = new SearchIndex(stack, 'Users', { fields: FIELDS, engine: OPENSEARCH });
    const both = worker(stack);
    both.use(index, Access.READ);
    both.use(other, Access.READ_WRITE);
    expect(namesOf(stack, DOMAIN)).toEqual(['EventsDomain', 'UsersDomain']);
    expect(variables(stack)).toMatchObject({ EVENTS_INDEX: index.indexName, USERS_INDEX: other.indexName });
    expect(other.indexName).not.toBe(index.indexName);
  });

  test('an index of any id has a name that both engines take', () => {
    const stack = stackWith();
    const name = (id: string) => new SearchIndex(stack, id, { fields: FIELDS, engine: OPENSEARCH }).indexName;
    expect(['MyEvents', '123', 'ÄÖ ü', 'x'.repeat(60)].map(name)).toEqual([
      expect.stringMatching(/^my_events_[0-9a-f]{8}$/), expect.stringMatching(/^index_[0-9a-f]{8}$/),
      expect.stringMatching(/^index_[0-9a-f]{8}$/), expect.stringMatching(/^x{32}_[0-9a-f]{8}$/),
    ]);
  });
});

describe('PostgreSQL', () => {
  test('is the engine under SANDBOX, in a database of its own', () => {
    const { stack, index } = made();
    expect(index.engine).toBe(POSTGRES);
    expect(index.database).toBeInstanceOf(RelationalDatabase);
    expect(namesOf(stack, DOMAIN)).toEqual([]);
    expect(namesOf(stack, 'AWS::RDS::DBCluster')).toEqual(['EventsDatabaseCluster']);
    expect(resourcesOf(stack).EventsDatabaseCluster!.DeletionPolicy).toBe('Delete');
    expect([index.domain, index.connections, index.securityGroup]).toEqual([undefined, undefined, undefined]);
  });

  test('is wired by its database', () => {
    const stack = stackWith(Profile.PRODUCTION);
    const database = new RelationalDatabase(stack, 'Shop');
    const index = new SearchIndex(stack, 'Events', { fields: FIELDS, engine: POSTGRES, database });
    worker(stack).use(index, Access.READ_WRITE);
    expect(Object.keys(variables(stack)).sort()).toEqual([
      'EVENTS_DATABASE_DATABASE', 'EVENTS_DATABASE_HOST', 'EVENTS_DATABASE_PORT', 'EVENTS_DATABASE_READER_HOST', 'EVENTS_DATABASE_SECRET_ARN',
      'EVENTS_ENGINE', 'EVENTS_FIELDS', 'EVENTS_INDEX', 'EVENTS_LANGUAGE',
    ]);
    expect(index.database).toBe(database);
    expect(granted(stack)).toEqual([]);
    expect(codesOf(() => index.grantSearch(new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }))))
      .toEqual(['SearchIndex.NoDomain']);
    expect(refusedBy(() => index.metricCpu())).toEqual([{
      code: 'SearchIndex.NoSuchMetric', given: 'metricCpu',
      allowed: 'a domain that this construct made; a database and an adopted domain are watched where they are defined',
    }]);
  });

  test('leaves its database alone where the profile makes it OpenSearch', () => {
    const stack = stackWith(Profile.PRODUCTION);
    const index = new SearchIndex(stack, 'Events', { fields: FIELDS, database: new RelationalDatabase(stack, 'Shop') });
    expect([index.engine, index.database]).toEqual([OPENSEARCH, undefined]);
  });
});

test('an existing domain is adopted: nothing is made', () => {
  const stack = stackWith();
  const index = new SearchIndex(stack, 'Events', { fields: FIELDS, domain: existing(stack) });
  expect([index.engine, index.domain, index.node.children]).toEqual([OPENSEARCH, undefined, []]);
  index.grantWrite(new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }));
  worker(stack).use(index, Access.READ);
  expect(namesOf(stack, DOMAIN)).toEqual([]);
  expect(granted(stack).map(({ Resource }) => Resource)).toEqual([
    [`${ARN}/${index.indexName}-*`, `${ARN}/_aliases`], `${ARN}/${index.indexName}/_search`,
  ]);
  expect(variables(stack)).toMatchObject({ EVENTS_ENDPOINT: 'https://vpc-shared.eu-west-1.es.amazonaws.com' });
  expect(variables(stack)).not.toHaveProperty('EVENTS_SHARDS');
  expect(onlyOne(stack, 'AWS::EC2::SecurityGroupIngress')).toMatchObject({ GroupId: 'sg-0123456789abcdef0', FromPort: 443 });
});

test('sizes follow from what it has to hold', () => {
  const traffic = new TrafficEstimate({ requestsPerSecond: 10, itemSize: Size.kibibytes(4) });
  const { storage, shards } = sizeIndex(50_000_000, traffic, 3, 1);
  expect([storage.value, shards.value]).toEqual([185, 7]);
  expect(storage.arithmetic).toBe('50000000 documents x 4096 B = 191 GiB; x 2 copies x 1.45 for the index and what is kept free / 3 nodes, at least 10 -> 185');
  expect(shards.arithmetic).toBe('50000000 documents x 4096 B = 191 GiB; 30 GiB a shard -> 7');
  expect(sizeIndex(10, traffic, 1, 0).storage.value).toBe(10);
});

describe('is refused:', () => {
  const text = SearchField.text('title');
  const refusals: readonly (readonly [code: string, props: Partial<Record<keyof SearchIndexProps, unknown>>, given: string])[] = [
    ['WrongType', { nodes: { count: 'two' } }, 'nodes.count is \'two\''],
    ['WrongType', { fields: undefined }, 'fields is undefined'],
    ['WrongType', { fields: [text, undefined] }, 'fields is a list with undefined'],
    ['WrongType', { fields: [{ name: 'title', kind: 'text' }] }, 'fields is a list with an object'],
    ['UnknownChoice', { engine: 'solr' }, 'engine is \'solr\''],
    ['UnknownChoice', { language: 'klingon' }, 'language is \'klingon\''],
    ['Fields', { fields: [] }, '0 fields, 0 of them texts'],
    ['Fields', { fields: [SearchField.keyword('city')] }, '1 fields, 0 of them texts'],
    ['Fields', { fields: [text, SearchField.keyword('title')] }, 'fields has "title" twice'],
    ['FieldName', { fields: [text, SearchField.keyword('a b')] }, 'a field \'a b\''],
    ['Weight', { fields: [SearchField.text('title', { weight: 3 })] }, 'the weight of title is 3'],
    ['OtherEngine', { engine: POSTGRES, nodes: {}, engineVersion: 'OpenSearch_3.3' }, 'nodes, engineVersion with SearchEngine.POSTGRES'],
    ['EngineVersion', { engineVersion: 'Elasticsearch_7.10' }, 'engineVersion is \'Elasticsearch_7.10\''],
    ['Nodes', { nodes: { count: 0 } }, 'nodes.count is 0'],
    ['Managers', { nodes: { managers: 2 } }, 'nodes.managers is 2'],
    ['NodeType', { nodes: { type: 'm7g.large' } }, 'a node of type \'m7g.large\''],
    ['NodeType', { nodes: { managerType: 'huge' } }, 'a node of type \'huge\''],
    ['Storage', { nodes: { storage: Size.gibibytes(5) } }, 'nodes.storage in GiB is 5'],
    ['Nodes', { nodes: { count: Lazy.number({ produce: () => 1 }) } }, 'nodes.count is known only at deployment'],
    ['Documents', { documents: Lazy.number({ produce: () => 1 }), traffic: new TrafficEstimate({ requestsPerSecond: 1 }) }, 'documents is known only at deployment'],
    ['Documents', { documents: 0, traffic: new TrafficEstimate({ requestsPerSecond: 1 }) }, 'documents is 0'],
    ['Unsized', { documents: 1000 }, 'documents without traffic'],
    ['DomainProps', { domainProps: { domainName: 'events' } }, 'domainProps has domainName'],
  ];

  test.each(refusals)('%s %j', (code, props, given) => {
    const findings = refusedBy(() => new SearchIndex(stackWith(), 'Events', { fields: FIELDS, ...props } as SearchIndexProps));
    expect(findings).toEqual([{ code: `SearchIndex.${code}`, given: expect.stringContaining(given) as string, allowed: expect.any(String) as string }]);
  });

  test.each<[string, (stack: Stack) => Partial<Record<keyof SearchIndexProps, unknown>>]>([
    ['AdoptOrShape', (stack) => ({ domain: existing(stack), nodes: {} })],
    ['IncompleteDomain', (stack) => ({ domain: { ...existing(stack), endpoint: undefined } })],
    ['Endpoint', (stack) => ({ domain: { ...existing(stack), endpoint: 'https://d' } })],
    ['OtherEngine', (stack) => ({ engine: OPENSEARCH, database: new RelationalDatabase(stack, 'Shop') })],
    ['NoDatabase', (stack) => ({ database: new Key(stack, 'Key') })],
  ])('%s', (code, props) => {
    const stack = stackWith();
    expect(codesOf(() => new SearchIndex(stack, 'Events', { fields: FIELDS, ...props(stack) } as SearchIndexProps))).toEqual([`SearchIndex.${code}`]);
  });

  test('every rule', () => {
    const tested = new Set([...refusals.map(([code]) => code), 'AdoptOrShape', 'IncompleteDomain', 'Endpoint', 'NoDatabase']);
    expect(SEARCH_INDEX_RULES.map(({ code }) => code.replace('SearchIndex.', '')).filter((code) => !tested.has(code))).toEqual([]);
  });

  test('no disk and no type that is known at deployment only', () => {
    const stack = stackWith(Profile.PRODUCTION);
    const size = new CfnParameter(stack, 'Size', { type: 'Number' });
    expect(() => new SearchIndex(stack, 'Events', {
      fields: FIELDS, engine: OPENSEARCH, nodes: { storage: Size.gibibytes(size.valueAsNumber), type: new CfnParameter(stack, 'Type').valueAsString },
    })).not.toThrow();
    expect(namesOf(stack, ALARM)).not.toContain('EventsStorageAlarm');
  });
});
