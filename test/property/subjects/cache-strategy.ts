import { Duration } from 'aws-cdk-lib';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import * as fc from 'fast-check';
import { Cache } from '../../../lib/cache';
import { CacheStrategy, type CacheStrategyProps, CachingStrategy, type InvalidationOptions, StampedeProtection } from '../../../lib/cache-strategy';
import { FunctionService } from '../../../lib/function-service';
import { KeyValueStore } from '../../../lib/key-value-store';
import { Network } from '../../../lib/network';
import { WorkQueue } from '../../../lib/work-queue';
import { HANDLER } from '../../support/stacks';
import { flag, NOT_DURATION, NOT_FLAG, NOT_NUMBER, NOT_TEXT, optional, seconds, type Subject } from '../subject';

/** A cache that exists, since making one costs more than all the rest. */
const cacheIn = (scope: Construct, id = 'Cache') => new Cache(scope, id, {
  cache: { endpoint: 'cache.example.com', securityGroup: SecurityGroup.fromSecurityGroupId(scope, `${id}Group`, 'sg-0123456789abcdef0') },
});

export const SUBJECTS: Record<string, Subject<object>> = {
  CacheStrategy: {
    concept: 'CacheStrategy',
    madeOf: ['WorkQueue'],
    valid: (scope) => {
      const cache = cacheIn(scope);
      return fc.record({
        strategy: fc.constantFrom(...Object.values(CachingStrategy)),
        ttl: fc.integer({ min: 1, max: 2_592_000 }),
        negative: fc.double({ min: 0, max: 1, noNaN: true }),
        jitter: fc.double({ min: 0, max: 0.9, noNaN: true }),
        ahead: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        disposable: flag,
        rest: optional<CacheStrategyProps>({
          stale: seconds(1, 2_592_000),
          stampede: fc.constantFrom(...Object.values(StampedeProtection)),
          lease: seconds(1, 900),
          namespace: fc.stringMatching(/^[^\s{}]{1,100}$/),
        } as never),
      }).map(({ strategy, ttl, negative, jitter, ahead, disposable, rest }) => ({
        cache, strategy, ...rest, jitter,
        ttl: Duration.seconds(ttl),
        negativeTtl: Duration.seconds(Math.max(1, Math.floor(negative * ttl))),
        refreshAhead: ahead * (0.999 - jitter),
        ...strategy === CachingStrategy.WRITE_BEHIND && { disposable },
      }));
    },
    invalid: (scope) => ({
      cache: [null, undefined, 'cache', {}, new Construct(scope, 'NoCache')],
      store: [null, 'store', {}, new Construct(scope, 'NoStore')],
      strategy: [...NOT_TEXT, 'write-back'],
      ttl: [...NOT_DURATION, Duration.seconds(0), Duration.days(31), Duration.millis(1500)],
      negativeTtl: [...NOT_DURATION, Duration.seconds(0), Duration.days(31)],
      stale: [...NOT_DURATION, Duration.seconds(0), Duration.days(31)],
      jitter: [...NOT_NUMBER, -0.1, 0.91, NaN],
      refreshAhead: [...NOT_NUMBER, 0, 1, -1, NaN],
      stampede: [...NOT_TEXT, 'all'],
      lease: [...NOT_DURATION, Duration.seconds(0), Duration.minutes(16)],
      namespace: [...NOT_TEXT, '', 'a b', '{a}', 'x'.repeat(101)],
      queue: [null, 'queue', {}, new Construct(scope, 'NoQueue'), new WorkQueue(scope, 'Unordered')],
      disposable: NOT_FLAG,
    }),
    build: (scope, props) => {
      const strategy = new CacheStrategy(scope, 'Subject', props);
      if (strategy.queue) {
        const worker = new FunctionService(scope, 'Worker', { handler: HANDLER, network: Network.of(scope) });
        strategy.drainedBy(worker, { idempotent: true });
      }
      return strategy;
    },
  } satisfies Subject<CacheStrategyProps>,

  CacheStrategyInvalidation: {
    concept: 'CacheStrategy',
    madeOf: ['KeyValueStore', 'FunctionService'],
    valid: () => optional<InvalidationOptions>({
      keys: fc.uniqueArray(fc.stringMatching(/^[a-z]{1,20}$/), { minLength: 1, maxLength: 2 }),
      versionAttribute: fc.stringMatching(/^[a-z]{1,20}$/),
      maxLag: seconds(1, 86_400),
    }),
    invalid: () => ({
      keys: [null, 'id', {}, [], ['a', 'b', 'c'], [5], ['']],
      versionAttribute: [...NOT_TEXT, ''],
      network: [null, 'network', {}],
      maxLag: [...NOT_DURATION, Duration.days(2), Duration.millis(1500)],
    }),
    build: (scope, options) => new CacheStrategy(scope, 'Subject', { cache: cacheIn(scope) })
      .invalidateOn(new KeyValueStore(scope, 'Store', { partitionKey: 'id' }), options),
  } satisfies Subject<InvalidationOptions>,
};
