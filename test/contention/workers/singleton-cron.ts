import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { setTimeout as after } from 'node:timers/promises';

import { DistributedLock, DynamoDbLocks } from '../../../runtime/lock';
import { type CronEvent, type CronOutcome, type CronOverlap, singletonCron } from '../../../runtime/singleton-cron';
import { serve, tell } from '../support/serve';
import { documents as documentsAt } from '../support/servers';

export interface Triggered extends CronEvent {
  readonly endpoint: string;
  readonly overlap?: CronOverlap;
  /** How long the work takes. */
  readonly workMilliseconds?: number;
  readonly leaseMilliseconds?: number;
  /** Whether it tells when the work begins. */
  readonly telling?: boolean;
}

let runs = 0;

serve({
  /** Does what a function does that is triggered: records each run under a name of its own, at its beginning and at its end. */
  async trigger(triggered: Triggered): Promise<CronOutcome> {
    const { endpoint, overlap, workMilliseconds = 0, leaseMilliseconds = 2000, telling, cron, slot } = triggered;
    const documents = documentsAt(endpoint);
    const lock = new DistributedLock({ backend: new DynamoDbLocks({ documents, tableName: 'crons' }), leaseMilliseconds });
    const record = (id: string, fence: number, what: string) =>
      documents.send(new PutCommand({ TableName: 'runs', Item: { id, cron, slot, fence, what, at: Date.now() } }));
    const trigger = singletonCron({
      documents, tableName: 'crons', lock, overlap, waitMilliseconds: 60_000,
      run: async ({ fence }) => {
        const id = `${process.pid}-${runs += 1}`;
        await record(`${id}-begin`, fence, 'begin');
        if (telling) {
          tell('begun');
        }
        await after(workMilliseconds);
        await record(`${id}-end`, fence, 'end');
      },
    });
    return trigger({ cron, slot });
  },
});
