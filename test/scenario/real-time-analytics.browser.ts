/** The dashboard of real-time-analytics in a real browser, on the blueprint as `npm start` leaves it running. */
import { randomBytes } from 'node:crypto';
import type { Browser, BrowserContext, Page, WebSocketRoute } from 'playwright-core';
import { startBrowser } from './browser';
import { Command } from './command';

const MINUTE = 60_000;

let run: Command;
let browser: Browser;
let url: string;

beforeAll(async () => {
  run = new Command(['try', 'real-time-analytics', '--keep']);
  [browser] = await Promise.all([startBrowser(), run.said('keeps running at')]);
  url = /keeps running at (\S+)/.exec(run.output)![1]!;
}, 300_000);

afterAll(async () => {
  await browser?.close();
  run?.interrupt();
  expect(await run?.exit).toBe(0);
  expect(await run?.leftovers()).toEqual([]);
}, 60_000);

/** Sends events that happen now. */
async function send(kind: string, count: number, more: object = {}): Promise<void> {
  const events = Array.from({ length: count }, () => ({
    id: randomBytes(8).toString('hex'), post: 'seen-in-a-browser', kind, region: 'africa', at: new Date().toISOString(), ...more,
  }));
  const response = await fetch(new URL('events', url), {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ events }),
  });
  expect([response.status, await response.json()]).toEqual([202, { accepted: count, failed: [] }]);
}

/** A page on which everything that it complains about is kept. */
class Dashboard {
  public static async open(context: BrowserContext): Promise<Dashboard> {
    context.setDefaultTimeout(10_000);
    const dashboard = new Dashboard(await context.newPage());
    await dashboard.page.routeWebSocket(/\/live\?/, (socket) => {
      dashboard.sockets.push(socket);
      socket.connectToServer();
    });
    await dashboard.page.goto(url);
    await dashboard.shows('#status', 'Live');
    return dashboard;
  }

  public readonly complaints: string[] = [];
  public readonly sockets: WebSocketRoute[] = [];

  private constructor(public readonly page: Page) {
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) {
        this.complaints.push(message.text());
      }
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  /** Waits until an element has a text. */
  public async shows(selector: string, text: string): Promise<void> {
    const has = (element: { textContent: string | null }) => element.textContent;
    const until = Date.now() + 20_000;
    for (;;) {
      const shown = await this.page.locator(selector).evaluate(has);
      if (shown === text) {
        return;
      }
      if (Date.now() > until) {
        throw new Error(`${selector} shows '${shown}', not '${text}'`);
      }
      await this.page.waitForTimeout(50);
    }
  }

  /** Waits until what was counted since a time is that many, and the page shows as many in all as the last half hour has. */
  public async counts(kind: string, since: string, recent: number): Promise<void> {
    const until = Date.now() + 20_000;
    for (;;) {
      // Minutes drop out of the half hour while the page is looked at.
      const found = [await countedSince(kind, since), await countedSince(kind, halfAnHour())];
      const shown = Number((await this.page.locator(`[data-total="${kind}"]`).textContent())!.replaceAll(',', ''));
      if (found[0] === recent && found[1] === shown) {
        return;
      }
      if (Date.now() > until) {
        throw new Error(`${kind}: the page shows ${shown}; ${found[1]} were counted, ${found[0]} of them since ${since}, not ${recent}`);
      }
      await this.page.waitForTimeout(50);
    }
  }
}

const halfAnHour = () => new Date(Date.now() - 29 * MINUTE).toISOString();

/** What the API says. */
async function countedSince(kind: string, from: string): Promise<number> {
  const response = await fetch(new URL(`series?name=all/${kind}&from=${from}`, url));
  const { windows } = await response.json() as { windows: { count: number }[] };
  return windows.reduce((sum, { count }) => sum + count, 0);
}

const number = new Intl.NumberFormat('en');

test('shows what was counted, grows with it without being loaded again, and comes back when its connection dies', async () => {
  const dashboard = await Dashboard.open(await browser.newContext());
  const { page } = dashboard;
  expect(await countedSince('comment', halfAnHour())).toBeGreaterThan(1000);
  const since = new Date().toISOString();
  await dashboard.counts('comment', since, await countedSince('comment', since));

  await page.evaluate('globalThis.notLoadedAgain = true');
  const shares = await countedSince('share', since);
  await send('share', 7);
  await dashboard.counts('share', since, shares + 7);
  await send('share', 3);
  await dashboard.counts('share', since, shares + 10);
  expect(dashboard.sockets).toHaveLength(1);

  await dashboard.sockets[0]!.close({ code: 1001, reason: 'Going away' });
  await dashboard.shows('#status', 'Reconnecting');
  await send('share', 5);
  await dashboard.shows('#status', 'Live');
  await dashboard.counts('share', since, shares + 15);
  await send('share', 1);
  await dashboard.counts('share', since, shares + 16);
  expect(dashboard.sockets).toHaveLength(2);
  expect(await page.evaluate('globalThis.notLoadedAgain')).toBe(true);
  expect(dashboard.complaints).toEqual([]);
}, 120_000);

test('tells the delivery times of each region', async () => {
  const dashboard = await Dashboard.open(await browser.newContext());
  const cell = (column: number) => `#regions tr:nth-child(1) :nth-child(${column})`;
  await send('delivered', 4, { milliseconds: 86_000_000 });
  await dashboard.shows(cell(1), 'africa');
  await dashboard.shows(cell(3), '86,000,000');
  const from = new Date(Date.now() - 1439 * MINUTE).toISOString();
  const { windows: [all] } = await (await fetch(new URL(`series?name=delivery/africa&step=all&from=${from}`, url))).json() as {
    windows: { count: number; sum: number }[];
  };
  await dashboard.shows(cell(4), number.format(all!.count));
  await dashboard.shows(cell(2), number.format(Math.round(all!.sum / all!.count)));
  expect(dashboard.complaints).toEqual([]);
}, 60_000);

test('shows no numbers and is not live until it has read them', async () => {
  const page = await (await browser.newContext()).newPage();
  let answer = (): void => undefined;
  const held = new Promise<void>((resolve) => { answer = resolve; });
  const connected = page.waitForEvent('websocket');
  await page.route(/\/series\?/, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(url);
  await connected;
  // Time enough to say that it is live for another reason; no time is too much.
  await page.waitForTimeout(1000);
  const shown = () => page.locator('#status, #totals dd').allTextContents();
  expect(await shown()).toEqual(['Connecting', '–', '–', '–']);
  answer();
  await page.getByText('Live', { exact: true }).waitFor();
  expect(await shown()).not.toContain('–');
}, 60_000);

test('says in words what its picture shows', async () => {
  const { page } = await Dashboard.open(await browser.newContext());
  await page.getByText('The same as a table').click();
  await page.getByRole('table', { name: 'What happened in each minute' }).waitFor();
  // At one moment: minutes come and go while the page is looked at.
  const { totals, label, rows } = await page.evaluate<{ totals: string[]; label: string; rows: string[][] }>(`(() => {
    const texts = (parts) => [...parts].map(({ textContent }) => textContent);
    return {
      totals: texts(document.querySelectorAll('#totals dd')),
      label: document.querySelector('[role=img]').getAttribute('aria-label'),
      rows: [...document.querySelectorAll('#minutes tr')].map((row) => texts(row.children)),
    };
  })()`);
  expect(label).toBe(`Lines of the last 30 minutes: ${totals[0]} likes, ${totals[1]} comments, ${totals[2]} shares.`);
  expect(rows).toHaveLength(30);
  const counts = (column: number) => rows.map((row) => Number(row[column]!.replaceAll(',', '')));
  const sum = (column: number) => counts(column).reduce((total, count) => total + count, 0);
  expect(sum(1)).toBeGreaterThan(0);
  expect([1, 2, 3].map((column) => number.format(sum(column)))).toEqual(totals);
}, 60_000);

const LOOKS = [['light', 1280], ['dark', 1280], ['light', 360], ['dark', 360]] as const;

test.each(LOOKS)('in %s, %d px wide, nothing is cut off', async (colorScheme, width) => {
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } });
  const { page, complaints } = await Dashboard.open(context);
  await page.getByText('86,000,000').waitFor();
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
  const colors = 'const { backgroundColor, color } = getComputedStyle(document.documentElement); [backgroundColor, color]';
  const [ground, text] = await page.evaluate<string[]>(colors);
  const brightness = (color: string) => color.match(/\d+/g)!.slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3;
  expect(brightness(ground!) > brightness(text!)).toBe(colorScheme === 'light');
  await page.screenshot({ path: process.env.SCREENSHOTS && `${process.env.SCREENSHOTS}/${colorScheme}-${width}.png`, fullPage: true });
  expect(complaints).toEqual([]);
}, 60_000);
