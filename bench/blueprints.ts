/**
 * What the code of blueprints carries on this machine, against real servers: how much, how fast, and whether it stays right
 * meanwhile. Ends with 1 when it does not.
 *
 *   npm run bench:blueprints [-- <blueprint>...] [--rounds 3] [--milliseconds 4000] [--write]
 *
 * With --write the tables go into their pages.
 */
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';

import { measureRealTimeAnalytics } from './blueprints/real-time-analytics';
import { type Report, write } from './blueprints/report';
import { Servers } from './blueprints/servers';
import { measureTicketBooking } from './blueprints/ticket-booking';

/** What is measured. */
type Measure = (servers: Servers, rounds: number, milliseconds: number, where: () => string) => Promise<Report>;

const BLUEPRINTS: Readonly<Record<string, Measure>> = {
  'ticket-booking': measureTicketBooking,
  'real-time-analytics': measureRealTimeAnalytics,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    milliseconds: { type: 'string', default: '4000' },
    write: { type: 'boolean', default: false },
  },
});

/** Says where it was measured, and how busy the machine was: its load counts what is measured, and whatever else it does. */
function here(): () => string {
  const load = () => loadavg()[0]!.toFixed(1);
  const before = load();
  const month = new Date().toLocaleDateString('en', { month: 'long', year: 'numeric' });
  return () => `${availableParallelism()} cores for the code, what asks it and all servers, load average ${before} before and ${load()} after; `
    + `Node ${process.versions.node}, ${month}. Ratios tell more than numbers, both swing by half with what else the machine does, and none is one of AWS; \`npm run bench:blueprints\` measures again.`;
}

async function main(): Promise<void> {
  const wanted = positionals.length > 0 ? positionals : Object.keys(BLUEPRINTS);
  const unknown = wanted.filter((name) => !Object.hasOwn(BLUEPRINTS, name));
  if (unknown.length > 0) {
    throw new Error(`nothing is measured of ${unknown.join(', ')}; of ${Object.keys(BLUEPRINTS).join(', ')} there is`);
  }
  const servers = new Servers();
  const broken: string[] = [];
  try {
    for (const name of wanted) {
      const report = await BLUEPRINTS[name]!(servers, Number(values.rounds), Number(values.milliseconds), here());
      console.log(`\n${name}\n${report.text}`);
      broken.push(...report.broken.map((what) => `${name}, ${what}`));
      if (values.write && report.broken.length === 0) {
        write(report);
      }
    }
  } finally {
    await servers.stop();
  }
  console.log([`${wanted.length} measured, ${broken.length} promises broken`, ...broken].join('\n  '));
  process.exitCode = broken.length === 0 ? 0 : 1;
}

void main();
