import * as assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Step, World } from '../../scenario';
import { KINDS, REGIONS } from '../domain/event';
import type { Replayed } from '../domain/replayer';
import { minute, totalsIn, windowsOf } from './calls';
import { recordsOf } from './stream';

async function replay(world: World, generation: string): Promise<Replayed> {
  const { FunctionError, Payload } = await world.client(LambdaClient).send(new InvokeCommand({
    FunctionName: world.outputs.ReplayFunction, Payload: Buffer.from(JSON.stringify({ generation })),
  }));
  const answer = Buffer.from(Payload!).toString();
  assert.equal(FunctionError, undefined, answer);
  return JSON.parse(answer) as Replayed;
}

export const replaysToTheSame: Step = {
  proves: 'a replay from the first event on into a fresh generation comes to the same totals, late events included',
  run: async (world) => {
    const generation = `replay-${randomBytes(4).toString('hex')}`;
    const written = (await recordsOf(world)).length;
    const first = await replay(world, generation);
    assert.ok(first.done, 'the replay did not come to its end');
    assert.equal(first.records + first.poisoned, written, 'the replay has not seen every record');
    let compared = 0;
    for (const series of [...KINDS.map((kind) => `all/${kind}`), ...REGIONS.map((region) => `delivery/${region}`)]) {
      const [live, replayed] = await Promise.all([undefined, generation].map((which) =>
        windowsOf(world, series, minute(0), minute(31), which === undefined ? {} : { generation: which })));
      assert.deepEqual(replayed!.map(totalsIn), live!.map(totalsIn), `${series} differs`);
      compared += live!.length;
    }
    assert.ok(compared > 0, 'there is nothing to compare');
    const again = await replay(world, generation);
    assert.deepEqual([again.records, again.done], [0, true], 'a second replay into the same generation counts something');
    return `${first.records} records counted again, ${first.poisoned} poisoned passed over: ${compared} windows of 8 series are the same; once more: 0 counted`;
  },
};
