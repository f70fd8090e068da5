import { adoptsOrShapes, notManaged, text } from '../core/checks';
import type { Refusal, Rule } from '../core/rules';
import { isObject, show } from '../core/show';
import { typed } from '../core/typed';
import type { WorkQueue } from '../work-queue/index';
import type { FanOutProps } from './fan-out';
import { FilterOn, type SubscriptionOptions } from './subscription';

/** What FanOut refuses. Bounds: Amazon SNS topics and subscription filter policies. */
export const FAN_OUT_RULES: readonly Rule<FanOutProps>[] = [
  {
    code: 'FanOut.WrongType',
    first: true,
    check: (props) => typed(props, {
      orderBy: 'text',
      deduplicateByContent: 'flag',
      encryptionKey: 'construct',
      disposable: 'flag',
      topicProps: 'object',
      topic: 'construct',
    }),
  },
  { code: 'FanOut.AdoptOrShape', check: (props) => adoptsOrShapes('topic', props, ['disposable']) },
  { code: 'FanOut.OrderByName', check: ({ orderBy }) => text('orderBy', orderBy, 1, 255) },
  {
    code: 'FanOut.DeduplicateWithoutOrder',
    check: ({ orderBy, deduplicateByContent }) => deduplicateByContent !== undefined && orderBy === undefined
      ? { given: 'deduplicateByContent without orderBy', allowed: 'together with orderBy: only ordered topics deduplicate' }
      : undefined,
  },
  {
    code: 'FanOut.ManagedByTheConstruct',
    check: ({ topicProps }) => notManaged('topicProps', topicProps, ['topicName', 'fifo', 'contentBasedDeduplication', 'masterKey', 'enforceSSL'],
      'orderBy, deduplicateByContent and encryptionKey, which say it; no name, so that two can stand in one account; TLS always'),
  },
];

/** A subscription: who, and what for. */
export interface SubscriptionRequest {
  readonly queue: WorkQueue;
  readonly options: SubscriptionOptions;
}

/** What a subscription refuses. */
export const SUBSCRIPTION_RULES: readonly Rule<SubscriptionRequest>[] = [
  {
    code: 'FanOut.SubscriberWrongType',
    first: true,
    check: ({ options }) => typed(options, { filter: 'object', filterOn: 'text' }),
  },
  {
    code: 'FanOut.NotAQueue',
    first: true,
    check: ({ queue }) => queue?.deadLetterQueue && queue.queue
      ? undefined
      : { given: `${queue?.node?.path ?? show(queue)} as a subscriber`, allowed: 'a WorkQueue; put one before a function, which keeps what the function cannot take' },
  },
  {
    code: 'FanOut.FilterOn',
    check: ({ options: { filterOn, filter } }) => filterOn === undefined || Object.values(FilterOn).includes(filterOn) && filter
      ? undefined
      : { given: filter ? `filterOn is ${show(filterOn)}` : 'filterOn without filter', allowed: 'FilterOn.ATTRIBUTES or BODY, with a filter' },
  },
  { code: 'FanOut.Filter', check: ({ options: { filter, filterOn } }) => filter && wrongFilter(filter, filterOn === FilterOn.BODY) },
];

/** At most five names, and 150 combinations of values (Amazon SNS Developer Guide, "Filter policy constraints"). */
function wrongFilter(filter: { readonly [name: string]: unknown }, nested: boolean): Refusal | undefined {
  const leaves = leavesOf('', filter, nested);
  const wrong = leaves.filter(({ values }) => !Array.isArray(values) || values.length === 0).map(({ name, values }) => `filter.${name} is ${show(values)}`);
  if (wrong.length > 0) {
    return { given: wrong.join(', '), allowed: `lists of what a value may be${nested ? ', or further fields' : ''}: { kind: ['created', 'changed'] }` };
  }
  const combinations = leaves.reduce((product, { values }) => product * (values as unknown[]).length, 1);
  return leaves.length >= 1 && leaves.length <= 5 && combinations <= 150
    ? undefined
    : { given: `a filter of ${leaves.length} names and ${combinations} combinations of values`, allowed: '1 to 5 names, up to 150 combinations' };
}

interface Leaf {
  readonly name: string;
  readonly values: unknown;
}

function leavesOf(at: string, filter: { readonly [name: string]: unknown }, nested: boolean): Leaf[] {
  return Object.entries(filter).flatMap(([field, values]) => nested && isObject(values) && Object.keys(values).length > 0
    ? leavesOf(`${at}${field}.`, values, nested)
    : [{ name: `${at}${field}`, values }]);
}
