import { type IMetric, MathExpression, Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { alarmWhenAbove } from '../core/alarms';
import { Profile } from '../core/profile';
import type { Deployment } from './cache-deployment';
import type { CachePlan } from './cache-plan';

/** An alarm takes at most ten metrics. */
const METRICS_OF_AN_ALARM = 10;
const MOST_MEMORY_PERCENT = 80;
const MOST_CPU_PERCENT = 80;
const MOST_LAG_SECONDS = 10;

/** How the same metric of several nodes becomes one number. */
type Together = 'SUM' | 'MAX' | 'AVG';

/** The metrics of a cache: of its one name when it is serverless, of all its nodes otherwise. */
export class CacheMetrics {
  private readonly nodes: readonly string[];
  private readonly replicas: readonly string[];

  constructor(private readonly plan: CachePlan, private readonly deployment: Deployment) {
    this.nodes = deployment.nodes.flat();
    // A replica can become the primary, so that each node of a shard with replicas may lag some day.
    this.replicas = deployment.nodes.flatMap((shard) => shard.length > 1 ? shard : []);
  }

  public get memcachedNodes(): boolean {
    return this.plan.nodes !== undefined && !this.plan.authentication;
  }

  public evictions(options?: MetricOptions, nodes = this.nodes): IMetric {
    return this.over(nodes, 'Evictions', 'SUM', { statistic: Stats.SUM, ...options });
  }

  public connections(options?: MetricOptions): IMetric {
    return this.over(this.nodes, 'CurrConnections', 'SUM', { statistic: Stats.MAXIMUM, ...options });
  }

  public hitRate(options?: MetricOptions): IMetric {
    if (this.plan.authentication) {
      return this.over(this.nodes, 'CacheHitRate', 'AVG', { statistic: Stats.AVERAGE, ...options });
    }
    const [hits, misses] = this.memcachedNodes ? ['GetHits', 'GetMisses'] : ['CacheHits', 'CacheMisses'];
    const sum = (name: string) => this.over(this.nodes, name, 'SUM', { statistic: Stats.SUM, ...options });
    return new MathExpression({
      expression: '100 * hits / (hits + misses)',
      usingMetrics: { hits: sum(hits!), misses: sum(misses!) },
      label: 'CacheHitRate',
      period: options?.period,
    });
  }

  /** Percent of the memory of the fullest node; bytes of a serverless cache and of Memcached. */
  public memory(options?: MetricOptions, nodes = this.nodes): IMetric {
    const name = this.plan.serverless ? 'BytesUsedForCache' : this.memcachedNodes ? 'BytesUsedForCacheItems' : 'DatabaseMemoryUsagePercentage';
    return this.over(nodes, name, 'MAX', { statistic: Stats.MAXIMUM, ...options });
  }

  public cpu(options?: MetricOptions, nodes = this.nodes): IMetric | undefined {
    // Valkey and Redis OSS work on one thread, which the CPU of the host does not show; Memcached works on all.
    const name = this.memcachedNodes ? 'CPUUtilization' : 'EngineCPUUtilization';
    return this.plan.serverless ? undefined : this.over(nodes, name, 'MAX', { statistic: Stats.MAXIMUM, ...options });
  }

  public replicationLag(options?: MetricOptions, nodes = this.replicas): IMetric | undefined {
    return nodes.length === 0 ? undefined : this.over(nodes, 'ReplicationLag', 'MAX', { statistic: Stats.MAXIMUM, ...options });
  }

  public throttled(options?: MetricOptions): IMetric | undefined {
    return this.plan.serverless ? this.over([], 'ThrottledCmds', 'SUM', { statistic: Stats.SUM, ...options }) : undefined;
  }

  /** Alarms on what hurts, where the profile asks for them. */
  public createAlarms(scope: Construct): void {
    if (!Profile.of(scope).guarded) {
      return;
    }
    const alarm = (id: string, metric: IMetric, threshold: number, alarmDescription: string) =>
      alarmWhenAbove(scope, id, () => ({
        metric,
        threshold,
        alarmDescription,
      }));
    const { serverless, eviction } = this.plan;
    if (serverless) {
      alarm('ThrottledAlarm', this.throttled()!, 0, 'Commands are throttled: the load grows faster than the cache, or its limit is reached.');
      if (serverless.maxStorage && !serverless.maxStorage.isUnresolved()) {
        alarm('MemoryAlarm', this.memory(), serverless.maxStorage.toBytes() * MOST_MEMORY_PERCENT / 100,
          'The limit of storage is near: keys that expire will be evicted, and then writes fail.');
      }
      alarm('EvictionsAlarm', this.evictions(), 0, 'Keys are evicted before they expire: the limit of storage is reached.');
      return;
    }
    chunks(this.nodes).forEach((nodes, index) => {
      const id = (name: string) => `${name}Alarm${index === 0 ? '' : index + 1}`;
      alarm(id('Cpu'), this.cpu(undefined, nodes)!, MOST_CPU_PERCENT, 'A node is near what it can do: a hot key, slow commands, or too few shards.');
      // Where any key may give way, a full cache is as it should be; its hit rate tells whether it is large enough.
      if (!this.memcachedNodes && !eviction.startsWith('allkeys')) {
        alarm(id('Memory'), this.memory(undefined, nodes), MOST_MEMORY_PERCENT,
          'A node is nearly full: keys will be evicted, or writes fail where none may be.');
        alarm(id('Evictions'), this.evictions(undefined, nodes), 0, 'Keys are evicted before they expire: what is asked for does not fit.');
      }
    });
    chunks(this.replicas).forEach((nodes, index) => {
      alarm(`ReplicationLagAlarm${index === 0 ? '' : index + 1}`, this.replicationLag(undefined, nodes)!, MOST_LAG_SECONDS,
        'A replica falls behind: what its primary took since would be lost on failover, and reads of it are old.');
    });
  }

  private over(nodes: readonly string[], metricName: string, together: Together, options: MetricOptions): IMetric {
    const metric = (dimensionsMap: { [name: string]: string }) => new Metric({ namespace: 'AWS/ElastiCache', metricName, dimensionsMap, ...options });
    if (this.plan.serverless) {
      // In this spelling for serverless caches.
      return metric({ clusterId: this.deployment.face.name! });
    }
    const [first, ...others] = nodes.map((node) => metric({ CacheClusterId: node }));
    if (first && others.length === 0) {
      return first;
    }
    return new MathExpression({
      expression: `${together}(METRICS())`,
      usingMetrics: Object.fromEntries([first!, ...others].map((each, index) => [`node${index + 1}`, each])),
      label: metricName,
      period: options.period,
    });
  }
}

function chunks(nodes: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(nodes.length / METRICS_OF_AN_ALARM) }, (_, index) =>
    nodes.slice(index * METRICS_OF_AN_ALARM, (index + 1) * METRICS_OF_AN_ALARM));
}
