import { Size, type Stack } from 'aws-cdk-lib';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Access, TrafficEstimate } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { Network } from '../../../lib/network';
import { RelationalDatabase } from '../../../lib/relational-database';
import { SearchEngine, SearchField, SearchIndex, type SearchIndexProps, SearchLanguage } from '../../../lib/search-index';
import { HANDLER } from '../stacks';
import type { Case } from './case';

const FIELDS = [SearchField.text('title', { weight: 8 }), SearchField.keyword('city'), SearchField.number('price')];

const used = (name: string, access: Access, props: (stack: Stack) => Partial<SearchIndexProps>): Case => ({
  name: `SearchIndex, ${name}`,
  build: (stack) => {
    const worker = new FunctionService(stack, 'Worker', { handler: HANDLER, network: Network.of(stack) });
    worker.use(new SearchIndex(stack, 'Index', { fields: FIELDS, ...props(stack) }), access);
  },
});

export const CASES: readonly Case[] = [
  used('minimal and used', Access.READ_WRITE, () => ({})),
  used('OpenSearch, searched', Access.READ, () => ({ engine: SearchEngine.OPENSEARCH })),
  used('OpenSearch, maximal and used', Access.READ_WRITE, (stack) => ({
    engine: SearchEngine.OPENSEARCH,
    language: SearchLanguage.GERMAN,
    nodes: { count: 2, type: 'r7g.large.search', storage: Size.gibibytes(100), managers: 3, managerType: 'm7g.large.search' },
    engineVersion: 'OpenSearch_2.19',
    documents: 1_000_000,
    traffic: new TrafficEstimate({ requestsPerSecond: 10 }),
    encryptionKey: new Key(stack, 'PlainKey', { enableKeyRotation: true }),
    disposable: true,
    domainProps: { offPeakWindowOptions: { enabled: true } },
  })),
  used('PostgreSQL, in a database that is there', Access.READ_WRITE, (stack) => ({
    engine: SearchEngine.POSTGRES, database: new RelationalDatabase(stack, 'Shop'),
  })),
  used('adopted', Access.READ_WRITE, (stack) => ({
    domain: {
      domainArn: 'arn:aws:es:eu-west-1:111122223333:domain/shared',
      endpoint: 'vpc-shared.eu-west-1.es.amazonaws.com',
      securityGroup: SecurityGroup.fromSecurityGroupId(stack, 'PlainGroup', 'sg-0123456789abcdef0'),
    },
  })),
];
