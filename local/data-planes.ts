import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createCertificate } from './certificate';
import { LOOPBACK } from './free-port';
import { Leash } from './leash';
import { PostgresCluster } from './postgres-cluster';
import { TlsFront } from './tls-front';
import { Valkey } from './valkey';

export interface DataPlaneOptions {
  readonly progress: (line: string) => void;
  /** Aborted on Ctrl-C; whatever was started until then is ended and removed. */
  readonly signal: AbortSignal;
}

/** Real servers behind the local AWS, where the emulator has none of its own. Clients reach all of them over TLS. */
export class DataPlanes {
  /** What the emulator has to know so that what is deployed leads to the servers. */
  public readonly environment: Record<string, string> = {};
  /** The PostgreSQL behind RDS. */
  public postgres?: PostgresCluster;
  /** The Valkey behind ElastiCache. */
  public valkey?: Valkey;
  private readonly ends: (() => Promise<void>)[] = [];

  private constructor(private readonly options: DataPlaneOptions) {}

  /**
   * Starts the servers that are named.
   * @throws LocalAwsError when one is not to be had; the signal's reason when it was aborted
   */
  public static async start(names: readonly ('postgres' | 'valkey')[], options: DataPlaneOptions): Promise<DataPlanes> {
    const planes = new DataPlanes(options);
    try {
      if (names.length > 0) {
        await planes.startAll(names);
      }
      return planes;
    } catch (error) {
      await planes.stop();
      throw error;
    }
  }

  /** Ends all of them and removes what they wrote. May be called again. */
  public async stop(): Promise<void> {
    for (const end of this.ends.splice(0).reverse()) {
      await end();
    }
  }

  private async startAll(names: readonly string[]): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'local-data-planes-'));
    const leash = new Leash({ folder });
    this.ends.push(async () => {
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
      await leash.release();
    });
    const certificate = await createCertificate(folder, this.options.signal);
    this.environment.NODE_EXTRA_CA_CERTS = certificate.certFile;
    if (names.includes('postgres')) {
      const postgres = await PostgresCluster.start({ ...this.options, certificate });
      this.postgres = postgres;
      this.ends.push(() => postgres.stop());
      Object.assign(this.environment, { LOCAL_POSTGRES_HOST: LOOPBACK, LOCAL_POSTGRES_PORT: String(postgres.port) });
    }
    if (names.includes('valkey')) {
      // The front comes first: the server tells clients of a cluster where to find it.
      let behind = 0;
      const front = await TlsFront.start(certificate, () => behind);
      this.ends.push(() => front.stop());
      const valkey = await Valkey.start({ ...this.options, clusterPort: front.port });
      this.ends.push(() => valkey.stop());
      behind = valkey.port;
      this.valkey = valkey;
      Object.assign(this.environment, { LOCAL_VALKEY_HOST: LOOPBACK, LOCAL_VALKEY_PORT: String(front.port) });
    }
  }
}
