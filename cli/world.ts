import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ClientClass, ClientSettings, World } from '../blueprints/scenario';
import { CliError } from './errors';

/** How AWS is reached. */
export interface Reach {
  /** Left out for a real account: the SDK then finds region and credentials as it always does. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Where an API is called; identity for a real account. */
  readonly urlOf?: (apiUrl: string) => string;
  readonly killWorkers?: (functionName: string) => Promise<number>;
  /** The real servers behind a local AWS. */
  readonly servers?: World['servers'];
  /** The tasks behind a local AWS. */
  readonly tasks?: World['tasks'];
  readonly signal: AbortSignal;
}

/** Settings of every SDK client that talks to that AWS. */
export function clientSettings({ environment }: Reach): ClientSettings | undefined {
  return environment && {
    endpoint: environment.AWS_ENDPOINT_URL,
    region: environment.AWS_REGION,
    credentials: { accessKeyId: environment.AWS_ACCESS_KEY_ID!, secretAccessKey: environment.AWS_SECRET_ACCESS_KEY! },
  };
}

/**
 * A deployed stack as a scenario reaches it.
 *
 * @throws CliError when there is no such stack
 */
export async function worldOf(stackName: string, reach: Reach): Promise<World> {
  const settings = clientSettings(reach) ?? {};
  const outputs = await outputsOf(stackName, new CloudFormationClient(settings));
  const urlOf = reach.urlOf ?? String;
  const base = urlOf(outputs.Url ?? '').replace(/\/$/, '');
  return {
    outputs,
    request: (path, init) => fetch(base + path, { redirect: 'manual', signal: reach.signal, ...init }),
    dynamodb: DynamoDBDocumentClient.from(new DynamoDBClient(settings)),
    sqs: new SQSClient(settings),
    logs: new CloudWatchLogsClient(settings),
    client: oneEach(settings),
    urlOf,
    servers: reach.servers ?? {},
    tasks: reach.tasks,
    killWorkers: reach.killWorkers ?? (() => Promise.reject(new Error('only a local AWS gives power over its machines'))),
    signal: reach.signal,
  };
}

/** Clients keep connections: one of each class serves a whole scenario. */
function oneEach(settings: ClientSettings): World['client'] {
  const clients = new Map<unknown, unknown>();
  return <Client>(service: ClientClass<Client>): Client => {
    if (!clients.has(service)) {
      // Locally a bucket is part of the path; nowhere does a name of a bucket resolve.
      clients.set(service, new service({ ...settings, ...settings.endpoint !== undefined && { forcePathStyle: true } }));
    }
    return clients.get(service) as Client;
  };
}

async function outputsOf(stackName: string, client: CloudFormationClient): Promise<Record<string, string>> {
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stackName }));
    return Object.fromEntries((Stacks[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey!, OutputValue!]));
  } catch (error) {
    throw new CliError(`the stack '${stackName}' could not be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
