import { Size } from 'aws-cdk-lib';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import * as fc from 'fast-check';
import { TrafficEstimate } from '../../../lib/core';
import { SearchEngine, SearchField, SearchIndex, type SearchIndexProps, SearchLanguage } from '../../../lib/search-index';
import { flag, NOT_FLAG, NOT_NUMBER, NOT_OBJECT, NOT_TEXT, optional, type Subject } from '../subject';

const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,20}$/);
const fields = fc.tuple(
  fc.constantFrom(1, 2, 4, 8).map((weight) => SearchField.text('title', { weight })),
  fc.uniqueArray(name, { maxLength: 5 }).map((names) => names.filter((each) => each !== 'title')),
).map(([text, names]) => [text, ...names.map((each, index) => index % 2 ? SearchField.keyword(each) : SearchField.number(each))]);
const sized = fc.option(fc.integer({ min: 1, max: 1_000_000_000 })).map((documents) =>
  documents === null ? {} : { documents, traffic: new TrafficEstimate({ requestsPerSecond: 10 }) });
const language = fc.constantFrom(...Object.values(SearchLanguage));
const nodeType = fc.constantFrom('t3.small.search', 'm7g.large.search', 'r7g.16xlarge.search');

export const SUBJECTS: Record<string, Subject<object>> = {
  SearchIndex: {
    concept: 'SearchIndex',
    madeOf: ['RelationalDatabase', 'Network'],
    valid: (scope) => {
      const openSearch = fc.record({
        rest: optional({
          language,
          nodes: optional({
            count: fc.integer({ min: 1, max: 12 }),
            type: nodeType,
            storage: fc.integer({ min: 10, max: 1000 }).map((gib) => Size.gibibytes(gib)),
            managers: fc.constantFrom(0, 3, 5),
            managerType: nodeType,
          }),
          engineVersion: fc.constantFrom('OpenSearch_2.19', 'OpenSearch_3.3'),
          encryptionKey: fc.constant(new Key(scope, 'Key')),
          disposable: flag,
          domainProps: fc.record({ offPeakWindowOptions: fc.record({ enabled: flag }) }),
        }),
        sized,
        fields,
      }).map((props): SearchIndexProps => {
        const { fields: given, sized: size, rest } = props;
        return { engine: SearchEngine.OPENSEARCH, fields: given, ...rest, ...size };
      });
      const inDatabase = { engine: fc.constant(SearchEngine.POSTGRES), fields, language, disposable: flag };
      const postgres = fc.record(inDatabase, { requiredKeys: ['engine', 'fields'] });
      return fc.oneof(openSearch, postgres);
    },
    invalid: () => ({
      fields: [
        null, undefined, 'title', {}, [], [null], ['title'], [{}], [SearchField.keyword('city')], [SearchField.text('a b')],
        [SearchField.text('a'), SearchField.text('a')],
      ],
      engine: [...NOT_TEXT, 'solr', ''],
      language: [...NOT_TEXT, 'klingon'],
      database: [null, 'db', {}],
      nodes: [
        ...NOT_OBJECT, { count: 0 }, { count: 81 }, { count: '2' }, { type: 'large' }, { type: 5 }, { storage: Size.gibibytes(9) }, { storage: 10 },
        { managers: 1 }, { managers: 4 }, { managerType: '' },
      ],
      engineVersion: [...NOT_TEXT, '', '3.3', 'Elasticsearch_7.10'],
      documents: [...NOT_NUMBER, 0, 1.5],
      traffic: [...NOT_OBJECT, {}],
      network: [null, 'vpc-1', {}],
      encryptionKey: [null, 'key', {}],
      disposable: NOT_FLAG,
      domainProps: [...NOT_OBJECT, { domainName: 'd' }, { vpcOptions: {} }],
      domain: [...NOT_OBJECT, {}, { endpoint: 5 }],
    }),
    conflicting: (scope) => ({
      domain: [{
        domainArn: 'arn:aws:es:eu-west-1:111122223333:domain/d', endpoint: 'https://d',
        securityGroup: SecurityGroup.fromSecurityGroupId(scope, 'Imported', 'sg-0123456789abcdef0'),
      }],
    }),
    build: (scope, props) => new SearchIndex(scope, 'Subject', props),
  } satisfies Subject<SearchIndexProps>,
};
