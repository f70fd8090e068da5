import { setTimeout as sleep } from 'node:timers/promises';

import type { Certificate } from './certificate';
import { freePort, LOOPBACK } from './free-port';
import { LocalAwsError } from './local-aws-error';
import { Postgres, type PostgresOptions, type PostgresStandby } from './postgres';
import { PostgresFront } from './postgres-front';

export interface PostgresClusterOptions extends PostgresOptions {
  /** What clients see that connect by TLS; those that do not ask for it are let in as well. */
  readonly certificate: Certificate;
}

const CAUGHT_UP_WITHIN_MS = 60_000;
const POLL_MS = 50;
/** What a standby calls itself, unless told otherwise. */
const STANDBY = 'walreceiver';

/**
 * One address that leads to the PostgreSQL that takes writes, whichever that is, as the endpoint of an Aurora cluster does. What
 * can be done to a server is done to that one.
 */
export class PostgresCluster {
  /** The host it listens on. */
  public readonly host = LOOPBACK;
  private leader: Postgres;
  private front?: PostgresFront;
  /** The failovers so far, one after the other. */
  private failovers = Promise.resolve();

  private constructor(
    /** The TCP port on 127.0.0.1, the same after every restart and failover. */
    public readonly port: number,
    private readonly first: Postgres,
    private readonly options: PostgresClusterOptions,
  ) {
    this.leader = first;
  }

  /**
   * Starts one server and what leads to it, and waits until it answers.
   * @throws LocalAwsError when there is none to be had; the signal's reason when it was aborted
   */
  public static async start(options: PostgresClusterOptions): Promise<PostgresCluster> {
    const port = await freePort(options.port);
    const cluster = new PostgresCluster(port, await Postgres.start({ ...options, port: undefined }), options);
    try {
      cluster.front = await PostgresFront.start(options.certificate, port, () => cluster.leader.port);
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** Starts it again after `kill`, with all that was committed. */
  public restart(): Promise<void> {
    return this.leader.restart();
  }

  /** Ends it at once, with all its processes, as a crash would (SIGKILL). */
  public kill(): Promise<void> {
    return this.leader.kill();
  }

  /** Lets it hang: it keeps its connections and answers nobody (SIGSTOP). */
  public pause(): void {
    this.leader.pause();
  }

  /** Lets it go on. */
  public resume(): void {
    this.leader.resume();
  }

  /** Runs SQL on it, as `Postgres.sql` does. */
  public sql(command: string, database?: string): Promise<string> {
    return this.leader.sql(command, database);
  }

  /**
   * It crashes under its load (SIGKILL) and a standby takes over, with all that was acknowledged until then. The standby is made
   * for it and is synchronous before the crash. Writes do not wait for ever for one that dies or does not catch up: it is given
   * up, and the server goes on alone, as with a standby of Amazon RDS.
   *
   * @throws LocalAwsError when there is no server to stand by for, or the standby does not catch up
   */
  public failOver(): Promise<void> {
    const failover = this.failovers.then(() => this.takeOver());
    this.failovers = failover.catch(() => undefined);
    return failover;
  }

  /** Ends all servers and removes what they wrote. May be called again. */
  public async stop(): Promise<void> {
    await this.failovers;
    await this.front?.stop();
    // Every later one was a standby of the one before it, and is stopped with it.
    await this.first.stop();
  }

  private async takeOver(): Promise<void> {
    const old = this.leader;
    const standby = await old.standby();
    try {
      await this.synchronize(old, standby);
      await old.kill();
      await standby.promote();
    } catch (error) {
      await standby.stop();
      await goOnAlone(old).catch(() => undefined);
      throw error;
    }
    this.leader = standby;
    this.front?.cut();
  }

  /** Resolves when the standby has all that was written. From then on a write is acknowledged when it has that one too. */
  private async synchronize(primary: Postgres, standby: PostgresStandby): Promise<void> {
    const until = async (query: string) => {
      const deadline = Date.now() + CAUGHT_UP_WITHIN_MS;
      while (await primary.sql(query) !== 't') {
        this.options.signal.throwIfAborted();
        if (!standby.running || Date.now() > deadline) {
          throw new LocalAwsError('POSTGRES_FAILED', `The standby of PostgreSQL did not catch up: ${query}`, 'Try again.');
        }
        await sleep(POLL_MS);
      }
    };
    const standbys = `SELECT count(*) = 1 FROM pg_stat_replication WHERE application_name = '${STANDBY}'`;
    await until(`${standbys} AND state = 'streaming'`);
    await waitFor(primary, STANDBY);
    // The checkpointer is the one that makes writers wait. A new session shows the setting when all processes have been told of
    // it, and a checkpoint is made after what the checkpointer was told before.
    await until(`SELECT current_setting('synchronous_standby_names') = '${STANDBY}'`);
    await primary.sql('CHECKPOINT');
    const written = await primary.sql('SELECT pg_current_wal_lsn()');
    await until(`${standbys} AND sync_state = 'sync' AND flush_lsn >= '${written}'`);
  }
}

/** Says for whom writes wait; for nobody with an empty name, and those that wait go on then. */
async function waitFor(primary: Postgres, standby: typeof STANDBY | ''): Promise<void> {
  await primary.sql(`ALTER SYSTEM SET synchronous_standby_names = '${standby}'`);
  await primary.sql('SELECT pg_reload_conf()');
}

/** As it was before its failover. */
async function goOnAlone(primary: Postgres): Promise<void> {
  if (!primary.running) {
    await primary.restart();
  }
  await waitFor(primary, '');
}
