import type { Duration } from 'aws-cdk-lib';
import { adoptsOrShapes, wholeSeconds } from '../core/checks';
import type { Refusal, Rule } from '../core/rules';
import { show } from '../core/show';
import { typed } from '../core/typed';
import type { ConsumerGroupOptions } from '../event-stream/index';
import type { WindowedAggregateProps } from './windowed-aggregate';

const DAY = 24 * 60 * 60;

/** What WindowedAggregate refuses. */
export const WINDOWED_AGGREGATE_RULES: readonly Rule<WindowedAggregateProps>[] = [
  {
    code: 'WindowedAggregate.WrongType',
    first: true,
    check: (props) => typed(props, {
      window: 'duration',
      allowedLateness: 'duration',
      retention: 'duration',
      generation: 'text',
      disposable: 'flag',
      tableProps: 'object',
      table: 'construct',
    }),
  },
  {
    code: 'WindowedAggregate.AdoptOrShape',
    check: (props) => adoptsOrShapes('table', props, ['window', 'allowedLateness', 'retention', 'generation']),
  },
  {
    code: 'WindowedAggregate.Window',
    check: ({ window }) => window === undefined
      ? { given: 'no window', allowed: 'the length of a window: Duration.minutes(1)' }
      : known('window', window, 1, DAY),
  },
  { code: 'WindowedAggregate.AllowedLateness', check: ({ allowedLateness }) => known('allowedLateness', allowedLateness, 0, DAY) },
  { code: 'WindowedAggregate.Retention', check: ({ retention }) => known('retention', retention, DAY, 3653 * DAY) },
  {
    code: 'WindowedAggregate.Generation',
    check: ({ generation }) => generation === undefined || /^[A-Za-z0-9_.-]{1,32}$/.test(generation)
      ? undefined
      : { given: `generation is ${show(generation)}`, allowed: '1 to 32 letters, digits, _, . and -, known at synthesis' },
  },
];

/** What is refused of how a WindowedAggregate reads a stream, beside what the stream itself refuses. */
export const FEED_RULES: readonly Rule<ConsumerGroupOptions>[] = [
  {
    code: 'WindowedAggregate.OutOfOrder',
    check: ({ parallelization }) => parallelization === undefined || parallelization === 1
      ? undefined
      : { given: `parallelization is ${show(parallelization)}`, allowed: '1: what was counted of a shard is known by the place of its last record; take more shards' },
  },
  {
    code: 'WindowedAggregate.TumblingWindow',
    check: ({ tumblingWindow }) => tumblingWindow === undefined
      ? undefined
      : { given: 'tumblingWindow', allowed: 'the window of the aggregate: that of Lambda goes by the time of arrival and forgets when it fails' },
  },
];

/** The code of compute is told in numbers, so they have to be known. */
function known(prop: string, value: Duration | undefined, min: number, max: number): Refusal | undefined {
  return value?.isUnresolved()
    ? { given: `${prop} is known only at deployment`, allowed: 'a Duration known at synthesis' }
    : wholeSeconds(prop, value, min, max);
}
