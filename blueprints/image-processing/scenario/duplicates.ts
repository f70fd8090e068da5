import * as assert from 'node:assert/strict';
import type { Step } from '../../scenario';
import { eventually, inParallel, send } from '../../scenario-tools';
import { processed } from './burst';
import { cleanUp, finished, submit, uploadEvent } from './calls';
import { png } from './pictures';

const JOBS = 40;
const COPIES = 3;

export const changesStateOnce: Step = {
  proves: 'an upload that is told several times, at once and again later, changes its job once',
  fault: 'duplicate delivery',
  run: async (world) => {
    const { WorkQueue: queue } = world.outputs;
    const copies = (ids: readonly string[], count: number) => Array.from({ length: count }, () => ids.map(uploadEvent)).flat();
    const ids = await inParallel(Array.from({ length: JOBS }), 8, async () => {
      const id = await submit(world, png(300, 200, [7, 77, 177]), [64]);
      // While the first is under way.
      await send(world, queue!, copies([id], COPIES - 1));
      return id;
    });
    const before = await inParallel(ids, 8, (id) => finished(world, id, 'SUCCEEDED'));
    const delivered = (count: number) => eventually(world, async () => {
      const deliveries = await processed(world, ids);
      assert.ok(deliveries.length >= count, `${deliveries.length} deliveries of ${count}`);
      return deliveries;
    }, 150);
    await delivered(JOBS * COPIES);
    // Long after.
    await send(world, queue!, copies(ids, 1));
    const deliveries = await delivered(JOBS * (COPIES + 1));
    const after = await inParallel(ids, 8, (id) => finished(world, id, 'SUCCEEDED'));
    const count = (outcome: string) => deliveries.filter((delivery) => delivery.outcome === outcome).length;
    assert.equal(count('succeeded'), JOBS, `${count('succeeded')} changes to SUCCEEDED`);
    assert.equal(count('succeeded') + count('done before') + count('overtaken'), deliveries.length, 'another outcome');
    assert.deepEqual(after, before, 'a job that had succeeded was changed');
    await cleanUp(world, ids);
    return `${JOBS} jobs, ${deliveries.length} deliveries: ${JOBS} changes to SUCCEEDED, ${count('overtaken')} attempts overtaken by another, `
      + `${count('done before')} found it done; nothing changed afterwards`;
  },
};
