import { Validations } from 'aws-cdk-lib';
import { type IMetric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Connections, type ISecurityGroup, Port } from 'aws-cdk-lib/aws-ec2';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { CfnDomain } from 'aws-cdk-lib/aws-opensearchservice';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from '../core/acknowledge';
import { openPath } from '../core/network-path';
import { Profile } from '../core/profile';
import { enforce, refuse } from '../core/rules';
import type { Sizing } from '../core/traffic-estimate';
import { recordWire } from '../core/wires';
import { type Access, environmentName, type IBackingService, type ICompute, reads, type UseOptions, writes } from '../core/wiring';
import { Network } from '../network';
import { RelationalDatabase } from '../relational-database/index';
import { createDomain, planDomain } from './search-domain';
import { SearchEngine, SearchLanguage } from './search-engine';
import type { SearchIndexProps } from './search-index-props';
import { SEARCH_INDEX_RULES } from './search-index-rules';
import { SearchMetrics } from './search-metrics';

const HTTPS = Port.tcp(443);
/** What a role needs to keep an index, wherever it is not only searched. */
const WRITE_ACTIONS = ['es:ESHttpGet', 'es:ESHttpPost', 'es:ESHttpPut'];

/**
 * Full-text search: words in any form, typos, ranking, filters, facets and pages, over documents that follow where they come from
 * within seconds. PostgreSQL holds them under SANDBOX, Amazon OpenSearch Service under PRODUCTION; code sees no difference.
 */
export class SearchIndex extends Construct implements IBackingService {
  /** What holds the documents. */
  public readonly engine: SearchEngine;
  /** The name of the index in its engine. */
  public readonly indexName: string;
  /** The database that holds the documents; undefined when it is OpenSearch. */
  public readonly database?: RelationalDatabase;
  /** The domain; undefined when it is adopted, or a database holds the documents. */
  public readonly domain?: CfnDomain;
  /** The security group of the domain; undefined when a database holds the documents. */
  public readonly securityGroup?: ISecurityGroup;
  /** The security group of the domain with its port, to open paths by hand; undefined when a database holds the documents. */
  public readonly connections?: Connections;
  /** What the domain logs under PRODUCTION: errors, slow searches, slow writes. */
  public readonly logs: ILogGroup[] = [];
  /** The sizes that follow from how much it has to hold; empty without `documents`. */
  public readonly sizing: Sizing[] = [];

  private readonly settings: readonly (readonly [setting: string, value: string])[];
  private readonly domainArn?: string;
  private readonly metrics?: SearchMetrics;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: SearchIndexProps) {
    super(scope, id);
    enforce(this, SEARCH_INDEX_RULES, props);
    const profile = Profile.of(this);
    const usual = profile.guarded || props.domain ? SearchEngine.OPENSEARCH : SearchEngine.POSTGRES;
    this.engine = props.engine ?? usual;
    this.indexName = nameOf(this);
    const settings = [
      ['ENGINE', this.engine],
      ['INDEX', this.indexName],
      ['LANGUAGE', props.language ?? SearchLanguage.ENGLISH],
      ['FIELDS', props.fields.map(({ name, kind, weight }) => [name, kind, ...weight === undefined ? [] : [weight]].join(':')).join(',')],
    ] as const;
    if (this.engine === SearchEngine.POSTGRES) {
      this.database = props.database ?? new RelationalDatabase(this, 'Database', {
        network: props.network, traffic: props.traffic, disposable: props.disposable ?? true,
      });
      recordWire(this, this.database, 'is kept in');
      this.settings = settings;
      return;
    }
    if (props.domain) {
      this.domainArn = props.domain.domainArn;
      this.securityGroup = props.domain.securityGroup;
      this.settings = [...settings, ['ENDPOINT', `https://${props.domain.endpoint}`]];
    } else {
      const network = props.network ?? Network.of(this);
      const zones = network.vpc.selectSubnets({ ...network.dataSubnets, onePerAz: true }).subnets.length;
      const plan = planDomain(props, profile, zones);
      const { domain, securityGroup, logs } = createDomain(this, props, plan, network, profile);
      this.domain = domain;
      this.node.defaultChild = domain;
      this.domainArn = domain.attrArn;
      this.securityGroup = securityGroup;
      this.logs = logs;
      this.sizing = plan.sizing;
      this.settings = [
        ...settings,
        ['ENDPOINT', `https://${domain.attrDomainEndpoint}`],
        ['SHARDS', String(plan.shards)],
        ['REPLICAS', String(plan.replicas)],
      ];
      this.metrics = new SearchMetrics(domain, plan);
      this.metrics.createAlarms(this);
      if (profile.guarded && plan.nodes === 1) {
        Validations.of(this).addWarning('cdk-system-blueprints:SearchIndex.OneNode',
          'nodes.count is 1: while the node is replaced nothing is found, and the documents have to be indexed again when its disk is lost');
      }
    }
    this.connections = new Connections({ securityGroups: [this.securityGroup], defaultPort: HTTPS });
  }

  /**
   * Lets compute search (`Access.READ`), or keep and search the index. Its code connects with `connectSearchIndex('<NAME>', ...)`
   * of `cdk-system-blueprints/runtime`, which finds what it needs in `<NAME>_ENGINE`, `<NAME>_INDEX`, `<NAME>_LANGUAGE`,
   * `<NAME>_FIELDS` and, for OpenSearch, `<NAME>_ENDPOINT`, `<NAME>_SHARDS` and `<NAME>_REPLICAS`; for PostgreSQL the database
   * is wired as `<NAME>_DATABASE`.
   *
   * @throws RuleError when the compute runs outside any network
   */
  public attach(compute: ICompute, access: Access, options?: UseOptions): void {
    this.settings.forEach(([setting, value]) => compute.addEnvironment(environmentName(this, setting, options), value));
    if (this.database) {
      this.database.attach(compute, access, { name: environmentName(this, 'DATABASE', options) });
      return;
    }
    openPath(this, compute, this.connections!, HTTPS);
    if (reads(access)) {
      this.grantSearch(compute);
    }
    if (writes(access)) {
      this.grantWrite(compute);
    }
  }

  /**
   * Lets a principal search. The network path is another matter: `connections`.
   *
   * @throws RuleError when a database holds the documents
   */
  public grantSearch(grantee: IGrantable): Grant {
    return this.grant(grantee, ['es:ESHttpPost'], [`/${this.indexName}/_search`]);
  }

  /**
   * Lets a principal keep the index: write documents, and make it anew. The network path is another matter: `connections`.
   *
   * @throws RuleError when a database holds the documents
   */
  public grantWrite(grantee: IGrantable): Grant {
    const own = `/${this.indexName}-*`;
    const grant = this.grant(grantee, WRITE_ACTIONS, [own, '/_aliases']);
    if (Construct.isConstruct(grantee.grantPrincipal)) {
      acknowledgeWildcard(grantee.grantPrincipal, this, `${this.domainArn}${own}`,
        'The generations of the one index of this construct, whose names begin with the name of the index.');
    }
    return grant;
  }

  /** How long searches take, in milliseconds; average over a minute unless told otherwise. */
  public metricSearchLatency(options?: MetricOptions): IMetric {
    return this.watched('metricSearchLatency').metric('SearchLatency', { statistic: Stats.AVERAGE, ...options });
  }

  /** The disk that the fullest node has left, in MiB; minimum over five minutes unless told otherwise. */
  public metricFreeStorage(options?: MetricOptions): IMetric {
    return this.watched('metricFreeStorage').metric('FreeStorageSpace', { statistic: Stats.MINIMUM, ...options });
  }

  /** CPU of the busiest node in percent; maximum over five minutes unless told otherwise. */
  public metricCpu(options?: MetricOptions): IMetric {
    return this.watched('metricCpu').metric('CPUUtilization', { statistic: Stats.MAXIMUM, ...options });
  }

  /** Memory of the fullest node in percent, as Java counts it; maximum over five minutes unless told otherwise. */
  public metricMemory(options?: MetricOptions): IMetric {
    return this.watched('metricMemory').metric('JVMMemoryPressure', { statistic: Stats.MAXIMUM, ...options });
  }

  private grant(grantee: IGrantable, actions: string[], paths: readonly string[]): Grant {
    if (this.domainArn === undefined) {
      refuse(this, 'SearchIndex.NoDomain', 'a grant on an index in PostgreSQL', 'compute.use(index, access), which wires the database');
    }
    return Grant.addToPrincipal({ grantee, actions, resourceArns: paths.map((path) => `${this.domainArn}${path}`) });
  }

  private watched(method: string): SearchMetrics {
    return this.metrics ?? refuse(this, 'SearchIndex.NoSuchMetric', method,
      'a domain that this construct made; a database and an adopted domain are watched where they are defined');
  }
}

/** A name that no other index of the same domain or database has: `events_1a2b3c4d`. */
function nameOf(index: Construct): string {
  const words = index.node.id.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^[^a-z]+/, '');
  return `${(words || 'index').slice(0, 32)}_${index.node.addr.slice(-8)}`;
}
