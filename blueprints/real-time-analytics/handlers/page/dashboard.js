/* global document, fetch, location, setInterval, setTimeout, URLSearchParams, WebSocket */
import { drawChart } from './chart.js';

const MINUTE = 60_000;
const SHOWN_MINUTES = 30;
const KINDS = ['like', 'comment', 'share'];
const REGIONS = ['africa', 'americas', 'asia-pacific', 'europe'];

/** What each series has in each minute, by the start of the minute. */
const minutes = new Map(KINDS.map((kind) => [`all/${kind}`, new Map()]));
/** What each region has in the last 24 hours. */
const regions = new Map();
const stale = new Set(REGIONS);

const $ = (id) => document.getElementById(id);
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' });
const number = new Intl.NumberFormat('en');

/** Keeps what is newer: a total only ever grows, whatever way and in whatever order it was heard. */
function keep(name, windows) {
  const series = minutes.get(name);
  for (const window of series ? windows : []) {
    const start = Date.parse(window.start);
    if (window.count >= (series.get(start)?.count ?? 0)) {
      series.set(start, window);
    }
  }
}

async function load(query) {
  const response = await fetch(`series?${new URLSearchParams(query)}`);
  if (!response.ok) {
    throw new Error(`GET series answered ${response.status}`);
  }
  return response.json();
}

/** Reads everything again: at the beginning, and after nobody has told us anything for a while. */
async function loadMinutes() {
  const from = new Date(Date.now() - SHOWN_MINUTES * MINUTE).toISOString();
  await Promise.all(KINDS.map(async (kind) => keep(`all/${kind}`, (await load({ name: `all/${kind}`, from })).windows)));
  draw();
}

async function loadRegions() {
  const from = new Date(Date.now() - 24 * 60 * MINUTE).toISOString();
  await Promise.all([...stale].map(async (region) => {
    stale.delete(region);
    try {
      const { windows: [all] } = await load({ name: `delivery/${region}`, from, step: 'all' });
      regions.set(region, all);
    } catch (error) {
      stale.add(region);
      throw error;
    }
  }));
  drawRegions();
}

function draw() {
  const last = Math.floor(Date.now() / MINUTE) * MINUTE;
  const starts = Array.from({ length: SHOWN_MINUTES }, (_, index) => last - (SHOWN_MINUTES - 1 - index) * MINUTE);
  const lines = KINDS.map((kind) => ({ name: kind, values: starts.map((start) => minutes.get(`all/${kind}`).get(start)?.count ?? 0) }));
  const totals = lines.map(({ name, values }) => [name, values.reduce((sum, value) => sum + value, 0)]);
  for (const [kind, total] of totals) {
    document.querySelector(`[data-total="${kind}"]`).textContent = number.format(total);
  }
  drawChart($('chart'), lines, {
    label: `Lines of the last ${SHOWN_MINUTES} minutes: ${totals.map(([kind, total]) => `${number.format(total)} ${kind}s`).join(', ')}.`,
    from: `${clock.format(starts[0])} UTC`,
    to: `${clock.format(last)} UTC`,
  });
  const rows = starts.map((start, index) => row(clock.format(start), ...lines.map(({ values }) => number.format(values[index]))));
  $('minutes').replaceChildren(...rows.reverse());
}

function drawRegions() {
  const rows = REGIONS.map((region) => {
    const { count = 0, mean, max } = regions.get(region) ?? {};
    return count === 0 ? row(region, '–', '–', '0') : row(region, ...[Math.round(mean), max, count].map(number.format));
  });
  $('regions').replaceChildren(...rows);
}

function row(head, ...cells) {
  const line = document.createElement('tr');
  line.append(Object.assign(document.createElement('th'), { scope: 'row', textContent: head }));
  line.append(...cells.map((text) => Object.assign(document.createElement('td'), { textContent: text })));
  return line;
}

/** The WebSocket API is reached as this page is, with its own id; behind another domain, at its own address. */
function liveAddress() {
  const told = document.querySelector('meta[name="live"]').content;
  const api = document.querySelector('meta[name="api"]').content;
  const [, id, stage] = /^wss:\/\/(\w+)\.[^/]+\/(\w+)/.exec(told) ?? [];
  const page = location.origin + location.pathname;
  const address = id && api && page.includes(api) ? page.replace(api, id).replace(/^http/, 'ws').replace(/\/?$/, `/${stage}`) : told;
  return `${address}?group=dashboard`;
}

function show(status, text) {
  Object.assign($('status'), { className: status, textContent: text });
}

let failures = 0;

function connect() {
  const socket = new WebSocket(liveAddress());
  socket.addEventListener('open', async () => {
    REGIONS.forEach((region) => stale.add(region));
    // What happened while nobody was listening.
    const read = await refresh();
    if (!read) {
      socket.close();
    } else if (socket.readyState === WebSocket.OPEN) {
      failures = 0;
      show('open', 'Live');
    }
  });
  socket.addEventListener('message', ({ data }) => {
    for (const { name, windows } of JSON.parse(data).series ?? []) {
      keep(name, windows);
      if (name.startsWith('delivery/')) {
        stale.add(name.slice('delivery/'.length));
      }
    }
    // Until everything was read there is nothing to add this to.
    if ($('status').className === 'open') {
      draw();
    }
  });
  socket.addEventListener('close', () => {
    show('lost', 'Reconnecting');
    failures += 1;
    // Not all at the same moment, when a whole gateway was away.
    setTimeout(connect, Math.random() * Math.min(30_000, 500 * 2 ** failures));
  });
}

/** Whether everything could be read. */
async function refresh() {
  try {
    await Promise.all([loadMinutes(), loadRegions()]);
    return true;
  } catch (error) {
    console.warn('the numbers could not be read', error);
    return false;
  }
}

connect();
void refresh();
setInterval(() => void (stale.size > 0 && loadRegions().catch(() => undefined)), 2000);
setInterval(() => void refresh(), MINUTE);
