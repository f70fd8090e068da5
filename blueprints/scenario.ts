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
  /** Kills the processes that run a function at this moment; resolves to how many there were. Local AWS only. */
  readonly killWorkers: (functionName: string) => Promise<number>;
  /** Aborted when the run is. */
  readonly signal: AbortSignal;
}
