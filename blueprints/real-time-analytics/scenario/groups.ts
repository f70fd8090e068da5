import * as assert from 'node:assert/strict';
import { GetEventSourceMappingCommand, LambdaClient, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import type { Step, World } from '../../scenario';
import { eventually } from '../../scenario-tools';
import { archivedLines } from './archive';
import { eventOf, likesOf, minute, newPost, sendEvents } from './calls';

/** Switches the group that counts on or off, and waits until it is. */
async function counting(world: World, enabled: boolean): Promise<void> {
  const lambda = world.client(LambdaClient);
  const UUID = world.outputs.CountMapping;
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: enabled }));
  await eventually(world, async () => {
    const { State } = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
    assert.equal(State, enabled ? 'Enabled' : 'Disabled');
  }, 120);
}

export const groupsFailAlone: Step = {
  proves: 'while the group of the dashboard stands still the group of the archive goes on, and the dashboard catches up exactly',
  fault: 'a consumer group stopped and started again',
  run: async (world) => {
    const post = newPost();
    await sendEvents(world, Array.from({ length: 300 }, () => eventOf(post, minute(19))));
    await eventually(world, async () => assert.equal(await likesOf(world, post, minute(19)), 300));
    await counting(world, false);
    let archived: number;
    try {
      await sendEvents(world, Array.from({ length: 700 }, () => eventOf(post, minute(19) + 1000)));
      archived = await eventually(world, async () => {
        const found = new Set((await archivedLines(world)).filter((line) => line.includes(post)));
        assert.equal(found.size, 1000, `the archive has ${found.size}`);
        return found.size;
      }, 150);
      assert.equal(await likesOf(world, post, minute(19)), 300, 'a group that is stopped counts');
    } finally {
      await counting(world, true);
    }
    await eventually(world, async () => assert.equal(await likesOf(world, post, minute(19)), 1000), 90);
    return `stopped at 300 of 1000 events; meanwhile the archive took ${archived}; 1000 counted once the group went on`;
  },
};
