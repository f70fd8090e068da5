import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** The executable acceptance of a blueprint: what must be true of it, faults included, on a laptop and on AWS alike. */
export interface Scenario {
  readonly steps: readonly Step[];
}

/** One thing that is proven. */
export interface Step {
  /** What is true when the step passes, in one line. */
  readonly proves: string;
  /** The fault it injects. */
  readonly fault?: string;
  /**
   * Runs from the beginning beside the other steps: for a step that mostly waits. Its evidence must not depend on what
   * the others do.
   */
  readonly beside?: boolean;
  /** Needs a power over the machines that only the local AWS gives. */
  readonly localOnly?: boolean;
  /** Resolves to the evidence, in one line; rejects when the claim does not hold. */
  readonly run: (world: World) => Promise<string>;
}

/** The deployed blueprint as a scenario reaches it. */
export interface World {
  /** The outputs of the stack by name. */
  readonly outputs: { readonly [name: string]: string };
  /** Calls the API of the blueprint; redirects are not followed. */
  readonly request: (path: string, init?: RequestInit) => Promise<Response>;
  readonly dynamodb: DynamoDBDocumentClient;
  readonly sqs: SQSClient;
  readonly logs: CloudWatchLogsClient;
  /** A client of any other service: `client(S3Client)`. One for each class. */
  readonly client: <Client>(service: ClientClass<Client>) => Client;
  /** The address at which an API or another server of the stack is reached from here, for an address of its outputs. */
  readonly urlOf: (address: string) => string;
  /** The real servers behind the local AWS, to break and mend. Local AWS only. */
  readonly servers: LocalServers;
  /** The tasks of the container services, as processes of this machine. Local AWS only. */
  readonly tasks?: LocalTasks;
  /** Kills the processes that run a function at this moment; resolves to how many there were. Local AWS only. */
  readonly killWorkers: (functionName: string) => Promise<number>;
  /** Aborted when the run is. */
  readonly signal: AbortSignal;
}

/** The tasks of the container services that are deployed. */
export interface LocalTasks {
  /** Those that run, the dead ones already replaced or not yet. */
  readonly tasks: readonly LocalTask[];
  /**
   * Puts tasks of another version in their place, as a deployment does: all are well before an old one is asked to end. Rejects
   * with an error of the code `DEPLOYMENT_ROLLED_BACK`, and leaves the old ones in service, when those of the new version fail.
   *
   * @param environment what the tasks of this version find in their environment in place of what was deployed
   */
  roll(version: string, environment?: Readonly<Record<string, string>>): Promise<void>;
}

/** One node of a container service. */
export interface LocalTask {
  /** Its process, by which its answers can be told from those of others. */
  readonly pid: number;
  /** Ends it at once, as a crash does. Another one is started in its place. */
  kill(): Promise<void>;
}

/** A client of the AWS SDK, as its class makes it. */
export type ClientClass<Client> = new (settings: ClientSettings) => Client;

/** What every client of the AWS SDK takes. */
export interface ClientSettings {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** What can be done to a server behind the local AWS. */
export interface LocalServer {
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
  /** Starts it again, on the same address. */
  restart(): Promise<void>;
  /** Lets it hang: it keeps its connections and answers nobody. */
  pause(): void;
  /** Lets it go on. */
  resume(): void;
}

/** The database behind the local AWS. What is done to it is done to the server that takes writes. */
export interface LocalDatabase extends LocalServer {
  /** Ends that server as a crash does and lets a standby take over, on the same address and with all that was acknowledged. */
  failOver(): Promise<void>;
  /** Asks that server, past the address by which others reach it: a line for each row, `|` between columns. */
  sql(query: string, database: string): Promise<string>;
}

/** The real servers behind the local AWS. */
export interface LocalServers {
  /** Behind RDS. */
  readonly postgres?: LocalDatabase;
  /** Behind ElastiCache. */
  readonly valkey?: LocalServer;
}
