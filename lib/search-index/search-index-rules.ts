import { Size, Token } from 'aws-cdk-lib';
import { adoptsOrShapes, eachOnce, notManaged, wholeNumber } from '../core/checks';
import type { Refusal, Rule } from '../core/rules';
import { show } from '../core/show';
import { TrafficEstimate } from '../core/traffic-estimate';
import { typed } from '../core/typed';
import { SearchEngine, SearchLanguage } from './search-engine';
import { SearchField } from './search-field';
import type { SearchIndexProps } from './search-index-props';

const MOST_FIELDS = 50;
const WEIGHTS = [1, 2, 4, 8];
/** Versions that Amazon OpenSearch Service makes new domains of. */
const VERSION = /^OpenSearch_(2\.(11|13|15|17|19)|3\.\d{1,2})$/;
const NODE_TYPE = /^[a-z0-9]+\.(small|medium|large|\d{0,2}xlarge)\.search$/;

const ONLY_OF_A_DOMAIN = ['domain', 'nodes', 'engineVersion', 'encryptionKey', 'domainProps'] as const;

/** What SearchIndex refuses. Bounds: Amazon OpenSearch Service quotas. */
export const SEARCH_INDEX_RULES: readonly Rule<SearchIndexProps>[] = [
  {
    code: 'SearchIndex.WrongType',
    first: true,
    check: (props) => typed(props, {
      fields: 'list',
      engine: 'text',
      language: 'text',
      database: 'construct',
      nodes: { count: 'number', type: 'text', storage: Size, managers: 'number', managerType: 'text' },
      engineVersion: 'text',
      documents: 'number',
      traffic: TrafficEstimate,
      network: 'construct',
      encryptionKey: 'construct',
      disposable: 'flag',
      domainProps: 'object',
      domain: { domainArn: 'text', endpoint: 'text', securityGroup: 'construct' },
    }) ?? strangeFields(props?.fields),
  },
  {
    code: 'SearchIndex.UnknownChoice',
    first: true,
    check: (props: SearchIndexProps | null) => oneOf('engine', props?.engine, SearchEngine)
      ?? oneOf('language', props?.language, SearchLanguage),
  },
  {
    code: 'SearchIndex.Fields',
    check: ({ fields = [] }) => fields.some(({ kind }) => kind === 'text') && fields.length <= MOST_FIELDS
      ? eachOnce('fields', fields.map(({ name }) => name))
      : {
        given: `${fields.length} fields, ${fields.filter(({ kind }) => kind === 'text').length} of them texts`,
        allowed: `1 to ${MOST_FIELDS} fields, at least one SearchField.text`,
      },
  },
  {
    code: 'SearchIndex.FieldName',
    check: ({ fields = [] }) => {
      const wrong = fields.find(({ name }) => !/^[A-Za-z][A-Za-z0-9_]{0,62}$/.test(name));
      return wrong && { given: `a field ${show(wrong.name)}`, allowed: 'a letter, then up to 62 letters, digits and _' };
    },
  },
  {
    code: 'SearchIndex.Weight',
    check: ({ fields = [] }) => {
      const wrong = fields.find(({ kind, weight }) => kind === 'text' && !WEIGHTS.includes(weight!));
      return wrong && { given: `the weight of ${wrong.name} is ${show(wrong.weight)}`, allowed: WEIGHTS.join(', ') };
    },
  },
  { code: 'SearchIndex.AdoptOrShape', check: (props) => adoptsOrShapes('domain', props, ['fields', 'engine', 'language']) },
  {
    code: 'SearchIndex.IncompleteDomain',
    check: ({ domain }) => {
      const missing = (['domainArn', 'endpoint', 'securityGroup'] as const).filter((field) => domain && domain[field] === undefined);
      return missing.length === 0
        ? undefined
        : { given: `domain without ${missing.join(', ')}`, allowed: 'domainArn, endpoint and securityGroup, which clients cannot do without' };
    },
  },
  {
    code: 'SearchIndex.Endpoint',
    check: ({ domain }) => {
      const endpoint = domain?.endpoint;
      return endpoint === undefined || Token.isUnresolved(endpoint) || /^[a-z0-9.-]+$/i.test(endpoint)
        ? undefined
        : { given: `endpoint is ${show(endpoint)}`, allowed: 'a host name, without https:// and without a path' };
    },
  },
  { code: 'SearchIndex.OtherEngine', check: otherEngine },
  {
    code: 'SearchIndex.NoDatabase',
    check: ({ database }) => database === undefined || typeof database.attach === 'function'
      ? undefined
      : { given: `database is ${show(database)}`, allowed: 'a RelationalDatabase' },
  },
  {
    code: 'SearchIndex.EngineVersion',
    check: ({ engineVersion }) => engineVersion === undefined || Token.isUnresolved(engineVersion) || VERSION.test(engineVersion)
      ? undefined
      : { given: `engineVersion is ${show(engineVersion)}`, allowed: 'OpenSearch_2.11 or later, for example OpenSearch_3.3' },
  },
  { code: 'SearchIndex.Nodes', check: ({ nodes }) => known('nodes.count', nodes?.count) ?? wholeNumber('nodes.count', nodes?.count, 1, 80) },
  {
    code: 'SearchIndex.Managers',
    check: ({ nodes }) => nodes?.managers === undefined || [0, 3, 5].includes(nodes.managers)
      ? undefined
      : { given: `nodes.managers is ${show(nodes.managers)}`, allowed: '0, 3 or 5: an even number cannot agree when a zone is lost' },
  },
  {
    code: 'SearchIndex.NodeType',
    check: ({ nodes }) => {
      const types = [nodes?.type, nodes?.managerType].filter((type) => type !== undefined && !Token.isUnresolved(type));
      const wrong = types.find((type) => !NODE_TYPE.test(type!));
      return wrong === undefined ? undefined : { given: `a node of type ${show(wrong)}`, allowed: 'a type of OpenSearch, for example m7g.large.search' };
    },
  },
  {
    code: 'SearchIndex.Storage',
    check: ({ nodes }) => nodes?.storage === undefined || nodes.storage.isUnresolved()
      ? undefined
      : wholeNumber('nodes.storage in GiB', nodes.storage.toBytes() / 1024 ** 3, 10, 24_576),
  },
  { code: 'SearchIndex.Documents', check: ({ documents }) => known('documents', documents) ?? wholeNumber('documents', documents, 1, 1e11) },
  {
    code: 'SearchIndex.Unsized',
    check: ({ documents, traffic }) => documents !== undefined && traffic === undefined
      ? { given: 'documents without traffic', allowed: 'both: traffic.itemSize says how large a document is' }
      : undefined,
  },
  {
    code: 'SearchIndex.DomainProps',
    check: ({ domainProps }) => notManaged('domainProps', domainProps,
      ['domainName', 'accessPolicies', 'clusterConfig', 'vpcOptions', 'engineVersion'],
      'nodes, engineVersion and network in their place; no name, so that it can be replaced; who may do what is in the policies of those who use it'),
  },
];

function strangeFields(fields: readonly unknown[] | undefined): Refusal | undefined {
  // Not `find`: what is strange may be undefined.
  const strange = fields?.filter((field) => !(field instanceof SearchField && typeof field.name === 'string')) ?? [];
  return fields === undefined || strange.length > 0
    ? {
      given: `fields is ${fields === undefined ? 'undefined' : `a list with ${show(strange[0])}`}`,
      allowed: 'a list of SearchField.text(), SearchField.keyword() and SearchField.number()',
    }
    : undefined;
}

function otherEngine({ engine, database, domain, ...props }: SearchIndexProps): Refusal | undefined {
  if (engine === SearchEngine.POSTGRES) {
    const shaping = ONLY_OF_A_DOMAIN.filter((prop) => ({ domain, ...props })[prop] !== undefined);
    return shaping.length > 0
      ? { given: `${shaping.join(', ')} with SearchEngine.POSTGRES`, allowed: 'what shapes a domain for SearchEngine.OPENSEARCH only' }
      : undefined;
  }
  return database && (engine === SearchEngine.OPENSEARCH || domain)
    ? { given: 'database with OpenSearch', allowed: 'a database for SearchEngine.POSTGRES only' }
    : undefined;
}

function known(prop: string, value: number | undefined): Refusal | undefined {
  return value !== undefined && Token.isUnresolved(value)
    ? { given: `${prop} is known only at deployment`, allowed: 'a number that is known at synthesis, since machines follow from it' }
    : undefined;
}

function oneOf(prop: string, value: string | undefined, choices: Record<string, string>): Refusal | undefined {
  return value === undefined || Object.values(choices).includes(value)
    ? undefined
    : { given: `${prop} is ${show(value)}`, allowed: Object.values(choices).join(', ') };
}
