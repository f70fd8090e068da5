import { type Duration, Token } from 'aws-cdk-lib';
import { adoptsOrShapes, wholeNumber } from '../core/checks';
import type { Refusal, Rule } from '../core/rules';
import { show } from '../core/show';
import { TrafficEstimate } from '../core/traffic-estimate';
import { typed } from '../core/typed';
import type { RelationalDatabaseProps } from './relational-database-props';

/** Versions that Aurora Serverless v2 runs; each of them pauses from the minor version on that is named. */
const PAUSES_FROM: { readonly [major: string]: number } = { 14: 12, 15: 7, 16: 3, 17: 4, 18: 0 };
const RESERVED = ['postgres', 'rdsadmin', 'template0', 'template1'];
const MS_OF_A_DAY = 86_400_000;

/** What RelationalDatabase refuses. Bounds: Amazon Aurora User Guide. */
export const RELATIONAL_DATABASE_RULES: readonly Rule<RelationalDatabaseProps>[] = [
  {
    code: 'RelationalDatabase.WrongType',
    first: true,
    check: (props) => typed(props, {
      databaseName: 'text',
      engineVersion: 'text',
      readers: 'number',
      minCapacity: 'number',
      maxCapacity: 'number',
      autoPause: 'duration',
      pool: 'flag',
      slowQuery: 'duration',
      maxReplicaLag: 'duration',
      backupRetention: 'duration',
      traffic: TrafficEstimate,
      network: 'construct',
      encryptionKey: 'construct',
      disposable: 'flag',
      database: {
        endpoint: 'text', securityGroup: 'construct', secret: 'construct', readerEndpoint: 'text', port: 'number',
      },
    }),
  },
  {
    code: 'RelationalDatabase.Unknown',
    first: true,
    check: (props: RelationalDatabaseProps | null) => {
      const { engineVersion, readers, minCapacity, maxCapacity } = props ?? {};
      const { autoPause, slowQuery, maxReplicaLag, backupRetention } = props ?? {};
      const values = { engineVersion, readers, minCapacity, maxCapacity };
      const durations = { autoPause, slowQuery, maxReplicaLag, backupRetention };
      const late = [
        ...Object.entries(values).filter(([, value]) => Token.isUnresolved(value)),
        ...Object.entries(durations).filter(([, value]) => value?.isUnresolved?.()),
      ].map(([prop]) => prop);
      return late.length === 0
        ? undefined
        : { given: `${late.join(', ')} known only at deployment`, allowed: 'values known now: parameters and alarms follow from them' };
    },
  },
  { code: 'RelationalDatabase.AdoptOrShape', check: (props) => adoptsOrShapes('database', props, ['databaseName']) },
  {
    code: 'RelationalDatabase.NoEndpoint',
    check: ({ database }) => {
      const missing = database ? (['endpoint', 'securityGroup', 'secret'] as const).filter((field) => database[field] === undefined) : [];
      return missing.length === 0
        ? undefined
        : { given: `database without ${missing.join(', ')}`, allowed: 'endpoint, securityGroup and secret, which clients cannot do without' };
    },
  },
  { code: 'RelationalDatabase.Port', check: ({ database }) => wholeNumber('database.port', database?.port, 1, 65_535) },
  {
    code: 'RelationalDatabase.DatabaseName',
    check: ({ databaseName: name, database }) => {
      if (name === undefined || Token.isUnresolved(name)) {
        return undefined;
      }
      const kept = /^[a-z][a-z0-9_]{0,62}$/.test(name) && (database !== undefined || !RESERVED.includes(name));
      return kept ? undefined : {
        given: `databaseName is ${show(name)}`,
        allowed: `1 to 63 lower-case letters, digits and _, a letter first, and none of ${RESERVED.join(', ')}`,
      };
    },
  },
  {
    code: 'RelationalDatabase.EngineVersion',
    check: ({ engineVersion: version }) => version === undefined || /^1[4-8]\.\d{1,2}$/.test(version)
      ? undefined
      : { given: `engineVersion is ${show(version)}`, allowed: '14.x to 18.x, for example 17.7' },
  },
  {
    code: 'RelationalDatabase.NoPause',
    check: ({ engineVersion: version, minCapacity }) => {
      const [major = '', minor = '0'] = (version ?? '17.7').split('.');
      const from = PAUSES_FROM[major];
      return minCapacity === 0 && from !== undefined && Number(minor) < from
        ? { given: `minCapacity 0 with engineVersion ${version}`, allowed: `${major}.${from} or later, or minCapacity from 0.5` }
        : undefined;
    },
  },
  { code: 'RelationalDatabase.Readers', check: ({ readers }) => wholeNumber('readers', readers, 0, 15) },
  {
    code: 'RelationalDatabase.Capacity',
    check: ({ minCapacity, maxCapacity }) => halves('minCapacity', minCapacity, 0) ?? halves('maxCapacity', maxCapacity, 1)
      ?? (minCapacity !== undefined && maxCapacity !== undefined && minCapacity > maxCapacity
        ? { given: `minCapacity is ${minCapacity}, maxCapacity ${maxCapacity}`, allowed: 'minCapacity up to maxCapacity' }
        : undefined),
  },
  { code: 'RelationalDatabase.AutoPause', check: ({ autoPause }) => between('autoPause', autoPause, 300_000, MS_OF_A_DAY, 1000, 'whole seconds from 5 min to 1 day') },
  {
    code: 'RelationalDatabase.PauseAlone',
    check: ({ autoPause, minCapacity, pool }) => autoPause !== undefined && (minCapacity !== 0 || pool)
      ? { given: `autoPause with ${pool ? 'pool' : `minCapacity ${minCapacity ?? 'left open'}`}`, allowed: 'autoPause with minCapacity: 0 and without pool, whose connections keep it awake' }
      : undefined,
  },
  {
    code: 'RelationalDatabase.PoolPauses',
    check: ({ pool, minCapacity }) => pool && minCapacity === 0
      ? { given: 'pool with minCapacity 0', allowed: 'minCapacity from 0.5: the connections of the pool keep it awake, so that it would never pause' }
      : undefined,
  },
  { code: 'RelationalDatabase.SlowQuery', check: ({ slowQuery }) => between('slowQuery', slowQuery, 1, 3_600_000, 1, 'whole milliseconds from 1 ms to 1 h') },
  {
    code: 'RelationalDatabase.MaxReplicaLag',
    check: ({ maxReplicaLag, readers }) => between('maxReplicaLag', maxReplicaLag, 1, 3_600_000, 1, 'whole milliseconds from 1 ms to 1 h')
      ?? (maxReplicaLag !== undefined && readers === 0 ? { given: 'maxReplicaLag with readers 0', allowed: 'readers from 1' } : undefined),
  },
  {
    code: 'RelationalDatabase.BackupRetention',
    check: ({ backupRetention }) => between('backupRetention', backupRetention, MS_OF_A_DAY, 35 * MS_OF_A_DAY, MS_OF_A_DAY, 'whole days from 1 to 35'),
  },
];

function halves(prop: string, value: number | undefined, min: number): Refusal | undefined {
  return value === undefined || Number.isInteger(value * 2) && value >= min && value <= 256
    ? undefined
    : { given: `${prop} is ${show(value)}`, allowed: `a number of ACUs from ${min} to 256 in halves` };
}

function between(
  prop: string, value: Duration | undefined, min: number, max: number, step: number, allowed: string,
): Refusal | undefined {
  const ms = value?.toMilliseconds();
  return ms === undefined || ms >= min && ms <= max && ms % step === 0 ? undefined : { given: `${prop} is ${ms} ms`, allowed };
}
