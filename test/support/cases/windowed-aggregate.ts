import { Duration } from 'aws-cdk-lib';
import { Access } from '../../../lib/core';
import { EventStream } from '../../../lib/event-stream';
import { FunctionService } from '../../../lib/function-service';
import { WindowedAggregate } from '../../../lib/windowed-aggregate';
import { HANDLER } from '../stacks';
import { type Case, worker } from './case';

export const CASES: readonly Case[] = [
  { name: 'WindowedAggregate, minimal', build: (stack) => { new WindowedAggregate(stack, 'Minutes', { window: Duration.minutes(1) }); } },
  {
    name: 'WindowedAggregate, fed and read',
    build: (stack) => {
      const minutes = new WindowedAggregate(stack, 'Minutes', {
        window: Duration.minutes(1), allowedLateness: Duration.seconds(10), retention: Duration.days(7), generation: 'v2', disposable: true,
      });
      minutes.fedBy(new EventStream(stack, 'Stream', { partitionKey: 'post' }), worker(stack), { idempotent: true, batchSize: 500 });
      new FunctionService(stack, 'Reader', { handler: HANDLER }).use(minutes, Access.READ);
    },
  },
];
