import * as assert from 'node:assert/strict';
import type { Step, World } from '../../scenario';
import { eventually } from '../../scenario-tools';
import { WebSocketClient } from '../../web-socket-client';
import { eventOf, MINUTE, minute, newPost, sendEvents, totalsIn, type Window, windowsOf } from './calls';

const watch = (world: World) => WebSocketClient.connect(`${world.urlOf(world.outputs.LiveUrl!)}?group=dashboard`);

interface Told {
  readonly series?: readonly { readonly name: string; readonly windows: readonly Window[] }[];
}

/** The last thing that a connection was told of a window. */
function lastTold(client: WebSocketClient, series: string, start: number): Window | undefined {
  const told = client.heard.flatMap((text) => (JSON.parse(text) as Told).series ?? []);
  const windows = told.filter(({ name }) => name === series).flatMap((each) => each.windows);
  return windows.filter((window) => Date.parse(window.start) === start).at(-1);
}

export const tellsWatchers: Step = {
  proves: 'who watches is told the totals of a minute as they grow, and those who have gone keep nobody from hearing them',
  fault: 'a connection that broke off',
  run: async (world) => {
    const [a, b, gone] = await Promise.all([watch(world), watch(world), watch(world)]);
    gone.breakOff();
    try {
      const at = minute(21);
      const begin = Date.now();
      const grown: number[] = [];
      for (const sent of [50, 100, 150]) {
        await sendEvents(world, Array.from({ length: 50 }, () => eventOf(newPost(), at, { kind: 'share' })));
        for (const client of [a, b]) {
          await eventually(world, async () => assert.equal(lastTold(client, 'all/share', at)?.count, sent, 'a watcher was not told'), 60);
        }
        grown.push(sent);
      }
      const seconds = ((Date.now() - begin) / 3000).toFixed(1);
      const [window] = await windowsOf(world, 'all/share', at, at + MINUTE);
      assert.deepEqual(totalsIn(lastTold(a, 'all/share', at)!), totalsIn(window!), 'watchers are told something else than what is stored');
      return `two watchers heard ${grown.join(', ')} shares, each within ${seconds} s on average; the third had broken off`;
    } finally {
      [a, b].forEach((client) => client.close());
    }
  },
};
