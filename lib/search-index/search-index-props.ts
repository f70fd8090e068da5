import type { Size } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { CfnDomainProps } from 'aws-cdk-lib/aws-opensearchservice';
import type { TrafficEstimate } from '../core/traffic-estimate';
import type { INetwork } from '../core/wiring';
import type { RelationalDatabase } from '../relational-database/index';
import type { ExistingDomain } from './existing-domain';
import type { SearchEngine, SearchLanguage } from './search-engine';
import type { SearchField } from './search-field';

/** The machines of a domain. */
export interface SearchNodes {
  /**
   * How many nodes hold documents, 1 to 80.
   * @default - 1 under SANDBOX, one in each zone of the network under PRODUCTION
   */
  readonly count?: number;
  /**
   * Their type.
   * @default - t3.small.search under SANDBOX, m7g.large.search under PRODUCTION
   */
  readonly type?: string;
  /**
   * The disk of each node, in whole GiB, 10 or more.
   * @default - what the documents take, with `documents` and `traffic`; otherwise 10 GiB under SANDBOX, 50 GiB under PRODUCTION
   */
  readonly storage?: Size;
  /**
   * How many dedicated nodes manage the domain and hold no documents: 0, 3 or 5.
   * @default - none under SANDBOX, 3 under PRODUCTION
   */
  readonly managers?: number;
  /**
   * The type of the nodes that manage.
   * @default m7g.medium.search
   */
  readonly managerType?: string;
}

/** What a SearchIndex is. */
export interface SearchIndexProps {
  /** What documents are searched and filtered by; 1 to 50 fields, at least one of them a text. */
  readonly fields: SearchField[];
  /**
   * What holds the documents.
   * @default - SearchEngine.POSTGRES under SANDBOX, SearchEngine.OPENSEARCH under PRODUCTION
   */
  readonly engine?: SearchEngine;
  /**
   * The language of the texts.
   * @default SearchLanguage.ENGLISH
   */
  readonly language?: SearchLanguage;
  /**
   * The database that holds the documents where the engine is PostgreSQL; unused where the profile makes it OpenSearch.
   * @default - a new RelationalDatabase
   */
  readonly database?: RelationalDatabase;
  /**
   * The machines where the engine is OpenSearch.
   * @default - one small node under SANDBOX, one in each zone and three that manage under PRODUCTION
   */
  readonly nodes?: SearchNodes;
  /**
   * The version of OpenSearch.
   * @default OpenSearch_3.3
   */
  readonly engineVersion?: string;
  /**
   * How many documents it holds; together with `traffic`, whose `itemSize` says how large one is, it sizes disks and shards.
   * @default - unknown
   */
  readonly documents?: number;
  /**
   * What it has to carry.
   * @default - nothing is sized
   */
  readonly traffic?: TrafficEstimate;
  /**
   * The network that a new domain or database lives in, and that its clients have to run in.
   * @default - the network of the stack: Network.of(this)
   */
  readonly network?: INetwork;
  /**
   * The key that encrypts a domain at rest.
   * @default - the key aws/es of the account, at no cost
   */
  readonly encryptionKey?: IKey;
  /**
   * The documents may be deleted with the stack, since they can be indexed again from where they come from. Honoured under
   * SANDBOX only.
   * @default true
   */
  readonly disposable?: boolean;
  /**
   * Anything else of the inner domain, applied last.
   * @default - nothing else
   */
  readonly domainProps?: CfnDomainProps;
  /**
   * An existing domain to adopt. No domain is created, and props that would shape a new one are refused.
   * @default - a new domain, where the engine is OpenSearch
   */
  readonly domain?: ExistingDomain;
}
