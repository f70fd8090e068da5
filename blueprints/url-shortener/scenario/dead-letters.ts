import * as assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Step, World } from '../../scenario';
import { assertGrowingGaps, inSeconds } from '../../scenario-checks';
import { depth, eventually, type LogLine, logged, send } from '../../scenario-tools';
import { clickMessage, clicksOf, createLink } from './calls';

const ATTEMPTS = 5;
const POISONED = 40;

async function attemptsOf(world: World, messageIds: readonly string[]): Promise<LogLine[][]> {
  const lines = await logged(world, world.outputs.CountClickLogs!, 'attempt failed');
  return messageIds.map((id) => lines.filter(({ messageId }) => messageId === id));
}

/** A click on a link that should exist and does not: somebody deleted the link by mistake. */
export const setsPoisonAside: Step = {
  proves: `a poisoned message is set aside after exactly ${ATTEMPTS} attempts with growing gaps while the rest flow on, `
    + 'and a redrive after the fix delivers it',
  fault: 'messages that cannot be processed',
  beside: true,
  run: async (world) => {
    const { ClicksQueue: queue, ClicksDeadLetterQueue: deadLetters, ClicksDeadLetterQueueArn: deadLettersArn } = world.outputs;
    const lost = randomBytes(8).toString('hex').slice(0, 10);
    const { slug: healthy } = await createLink(world, { url: 'https://example.com/healthy' });
    const poison = await send(world, queue!, Array.from({ length: POISONED }, () => clickMessage(lost)));
    await send(world, queue!, Array.from({ length: 20 }, () => clickMessage(healthy)));

    await eventually(world, async () => assert.equal(await clicksOf(world, healthy), 20, 'healthy clicks wait behind poisoned ones'));
    assert.ok(await depth(world, deadLetters!) < POISONED, 'the healthy clicks were counted while the poisoned ones were still retried');

    await eventually(world, async () => assert.equal(await depth(world, deadLetters!), POISONED, 'not all were set aside'), 90);
    const attempts = await eventually(world, async () => {
      const all = await attemptsOf(world, poison);
      assert.deepEqual([...new Set(all.map((lines) => lines.length))], [ATTEMPTS], 'another number of attempts than configured');
      return all;
    // On AWS log lines can be found some seconds after they were written.
    }, 60);
    const gaps = assertGrowingGaps(attempts);

    await world.dynamodb.send(new PutCommand({
      TableName: world.outputs.LinksTable,
      Item: { slug: lost, url: 'https://example.com/restored', createdAt: new Date().toISOString(), clicks: 0 },
    }));
    await world.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: deadLettersArn }));
    await eventually(world, async () => assert.equal(await clicksOf(world, lost), POISONED, 'redriven clicks are not counted'), 60);
    assert.equal(await depth(world, deadLetters!), 0, 'the dead-letter queue is empty');
    return `${POISONED} messages tried ${ATTEMPTS} times each, mean gaps ${inSeconds(gaps)}; `
      + `20 healthy clicks counted meanwhile; ${POISONED} of ${POISONED} counted after the redrive`;
  },
};
