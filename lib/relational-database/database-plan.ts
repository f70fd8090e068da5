import type { Profile } from '../core/profile';
import type { Sizing } from '../core/traffic-estimate';
import type { RelationalDatabaseProps } from './relational-database-props';
import { sizeDatabase } from './sizing';

export const PORT = 5432;
export const DEFAULT_NAME = 'app';
/** The one user that a new database has. */
export const USER = 'postgres';

/** A database with nothing left open. */
export interface DatabasePlan {
  readonly name: string;
  readonly version: string;
  readonly readers: number;
  readonly minCapacity: number;
  readonly maxCapacity: number;
  /** Undefined when it never pauses. */
  readonly autoPauseSeconds?: number;
  readonly pool: boolean;
  /** Undefined when nothing is logged. */
  readonly slowQueryMs?: number;
  readonly maxReplicaLagMs: number;
  readonly backupDays: number;
  readonly sizing: Sizing[];
}

/** Decides all that props leave open. */
export function planDatabase(props: RelationalDatabaseProps, { guarded }: Profile): DatabasePlan {
  const pool = props.pool ?? false;
  const sized = props.traffic && sizeDatabase(props.traffic);
  const minCapacity = props.minCapacity ?? (guarded || pool ? 0.5 : 0);
  const usual = Math.max(minCapacity, guarded ? 8 : 2);
  return {
    name: props.databaseName ?? DEFAULT_NAME,
    version: props.engineVersion ?? '17.7',
    readers: props.readers ?? (guarded ? 1 : 0),
    minCapacity,
    maxCapacity: props.maxCapacity ?? (sized ? Math.max(minCapacity, sized.maxCapacity) : usual),
    autoPauseSeconds: minCapacity === 0 ? props.autoPause?.toSeconds() ?? 300 : undefined,
    pool,
    slowQueryMs: props.slowQuery?.toMilliseconds() ?? (guarded ? 1000 : undefined),
    maxReplicaLagMs: props.maxReplicaLag?.toMilliseconds() ?? 1000,
    backupDays: props.backupRetention?.toDays() ?? (guarded ? 14 : 1),
    sizing: sized?.sizing ?? [],
  };
}
