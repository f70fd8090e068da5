import { type DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import type { KinesisStreamEvent } from 'aws-lambda';

import { KINDS, measure, parseEvent } from '../../../blueprints/real-time-analytics/domain/event';
import { windowConsumer, WindowedAggregate } from '../../../runtime';
import { median, pairedRatio } from '../../concepts/statistics.mjs';
import { quantile, type Sample } from '../load';
import { type Report, rounded, shown, table } from '../report';
import type { Servers } from '../servers';
import { Shard } from './events';
import { TableInMemory } from './table-in-memory';

const BATCHES = [100, 250, 500];
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Where windows are kept while they are measured. */
interface Place {
  readonly title: string;
  open(): Promise<Windows>;
}

/** A new table of windows. */
interface Windows {
  readonly documents: Pick<DynamoDBDocumentClient, 'send'>;
  readonly tableName: string;
  /** All that was counted. */
  rows(): Promise<Row[]>;
}
type Row = Readonly<Record<string, unknown>>;

/** Events that are counted in their minutes, in batches of several sizes. */
export async function measureRealTimeAnalytics(
  servers: Servers, rounds: number, milliseconds: number, where: () => string,
): Promise<Report> {
  const rows: string[][] = [];
  const broken: string[] = [];
  for (const place of placesOf(servers)) {
    const loads = new Map(BATCHES.map((size) => [size, [] as Counted[]]));
    await count(place, BATCHES[0]!, milliseconds / 4);
    for (let round = 0; round < rounds; round++) {
      for (const size of BATCHES) {
        const counted = await count(place, size, milliseconds);
        loads.get(size)!.push(counted);
        broken.push(...counted.broken.map((what) => `${place.title}, batches of ${size}: ${what}`));
      }
    }
    const paceOf = (round: number) => Object.fromEntries(BATCHES.map((size) => [size, loads.get(size)![round]!.perSecond]));
    const paces = Array.from({ length: rounds }, (_, round) => paceOf(round));
    rows.push(...BATCHES.map((size, index) => {
      const wait = (part: number) => shown(median(loads.get(size)!.map(({ samples }) => quantile(samples, part))));
      return [
        index === 0 ? place.title : '', String(size), rounded(median(paces.map((pace) => pace[size]!))),
        wait(0.5), wait(0.99),
        index === 0 ? '' : `x ${pairedRatio(paces, String(size), String(BATCHES[0])).toFixed(1)}`,
      ];
    }));
  }
  return {
    page: 'lib/windowed-aggregate/README.md',
    text: [
      'One worker counts one shard with the code of the blueprint real-time-analytics: it reads events of 20 posts, and counts each in two or',
      'three series of its minute. Afterwards the totals are compared with what was handed over, one batch of it twice. Medians of rounds.',
      '',
      table([['windows are in', 'events a batch', 'events/s', 'a batch: p50, ms', 'p99, ms', 'to batches of 100'], ...rows]),
      '',
      'The memory answers at once: that is what the code itself costs one core. A batch is mostly one transaction of up to',
      'ninety windows; the emulator says what larger batches save, and nothing of how fast DynamoDB is.',
      '',
      where(),
    ].join('\n'),
    broken,
  };
}

function placesOf(servers: Servers): Place[] {
  return [
    {
      title: 'the memory',
      open: () => Promise.resolve(new TableInMemory()),
    },
    {
      title: 'the emulator of DynamoDB',
      open: async () => {
        const { documents, tableName } = await servers.table('series', 'window');
        const rows = async () => {
          const found: Row[] = [];
          for await (const { Items = [] } of paginateScan({ client: documents }, { TableName: tableName })) {
            found.push(...Items);
          }
          return found;
        };
        return { documents, tableName, rows };
      },
    },
  ];
}

interface Counted {
  /** Events per second. */
  readonly perSecond: number;
  readonly samples: readonly Sample<number>[];
  readonly broken: readonly string[];
}

/** Counts for a while into a new table, and compares. */
async function count(place: Place, size: number, milliseconds: number): Promise<Counted> {
  const windows = await place.open();
  const { documents, tableName } = windows;
  const consume = windowConsumer({
    aggregate: new WindowedAggregate({
      documents, tableName, windowMilliseconds: 60_000, latenessMilliseconds: 30_000, retentionSeconds: 86_400, generation: '1',
    }),
    measure: (data) => measure(parseEvent(JSON.parse(data))),
    logger: silent,
  });
  const shard = new Shard('shardId-000000000000');
  const samples: Sample<number>[] = [];
  let last: KinesisStreamEvent = { Records: [] };
  let spent = 0;
  let refused = 0;
  // The time it takes to make up events is nobody's.
  while (spent < milliseconds) {
    last = shard.batch(size);
    const begun = performance.now();
    const { batchItemFailures } = await consume(last);
    const taken = performance.now() - begun;
    samples.push({ milliseconds: taken, outcome: size });
    spent += taken;
    refused += batchItemFailures.length;
  }
  await consume(last);
  const totals = await windows.rows();
  const wrong = KINDS.flatMap((kind) => {
    const counted = totals.filter(({ series }) => series === `1/all/${kind}`).reduce((sum, row) => sum + Number(row.count), 0);
    const told = shard.told.get(kind) ?? 0;
    return counted === told ? [] : [`${counted} events of the kind ${kind} are counted, ${told} happened`];
  });
  const perSecond = 1000 * size * samples.length / spent;
  return { perSecond, samples, broken: [...refused > 0 ? [`${refused} batches were refused`] : [], ...wrong] };
}
