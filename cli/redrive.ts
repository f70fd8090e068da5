import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { GetQueueAttributesCommand, ListMessageMoveTasksCommand, SQSClient, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from './errors';
import type { Progress } from './progress';

/** What is asked of a redrive. */
export interface RedriveOptions {
  /** Only the queues whose names contain this text; all of the stack when left out. */
  readonly queue?: string;
  /** Only tell what is set aside. */
  readonly dryRun: boolean;
}

/** What a redrive works with. */
export interface RedriveClients {
  readonly cloudFormation: CloudFormationClient;
  readonly sqs: SQSClient;
  /** Between two looks at a move, in milliseconds. */
  readonly pollMs: number;
}

interface DeadLetters {
  readonly name: string;
  readonly arn: string;
  readonly count: number;
}

/**
 * Sends what was set aside in the dead-letter queues of a deployed stack back to the queues it came from.
 *
 * @throws CliError when the stack has no dead-letter queue, or a move does not complete
 */
export async function redrive(
  stackName: string, options: RedriveOptions, progress: Progress, signal: AbortSignal, clients: RedriveClients = realClients(),
): Promise<void> {
  const { queue, dryRun } = options;
  const all = await deadLettersOf(stackName, clients);
  const chosen = all.filter(({ name }) => !queue || name.toLowerCase().includes(queue.toLowerCase()));
  if (chosen.length === 0) {
    throw new CliError(all.length === 0
      ? `the stack '${stackName}' has no dead-letter queue`
      : `no dead-letter queue of '${stackName}' is named like '${queue}'; there are ${all.map(({ name }) => name).join(', ')}`);
  }
  for (const deadLetters of chosen) {
    if (dryRun || deadLetters.count === 0) {
      progress.line(`${deadLetters.name}: ${messages(deadLetters.count)} set aside`);
    } else {
      progress.line(`${deadLetters.name}: ${await move(deadLetters, signal, clients)}`);
    }
  }
}

function realClients(): RedriveClients {
  return { cloudFormation: new CloudFormationClient(), sqs: new SQSClient(), pollMs: 1000 };
}

/** A queue is one for dead letters when other queues name it as theirs. */
async function deadLettersOf(stackName: string, { cloudFormation, sqs }: RedriveClients): Promise<DeadLetters[]> {
  const urls: string[] = [];
  try {
    const pages = paginateListStackResources({ client: cloudFormation }, { StackName: stackName });
    for await (const { StackResourceSummaries = [] } of pages) {
      urls.push(...StackResourceSummaries.flatMap(({ ResourceType, PhysicalResourceId }) =>
        ResourceType === 'AWS::SQS::Queue' && PhysicalResourceId ? [PhysicalResourceId] : []));
    }
  } catch (error) {
    throw new CliError(`the stack '${stackName}' could not be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const queues = await Promise.all(urls.map(async (QueueUrl) => {
    const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    const { QueueArn, RedrivePolicy, ApproximateNumberOfMessages } = Attributes;
    return { name: QueueUrl.split('/').at(-1)!, QueueArn, RedrivePolicy, ApproximateNumberOfMessages };
  }));
  const targets = new Set(queues.flatMap(({ RedrivePolicy }) =>
    RedrivePolicy ? [(JSON.parse(RedrivePolicy) as RedrivePolicy).deadLetterTargetArn] : []));
  return queues.filter(({ QueueArn = '' }) => targets.has(QueueArn)).map(({ name, QueueArn, ApproximateNumberOfMessages }) =>
    ({ name, arn: QueueArn!, count: Number(ApproximateNumberOfMessages) }));
}

interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
}

async function move({ arn, count }: DeadLetters, signal: AbortSignal, { sqs, pollMs }: RedriveClients): Promise<string> {
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arn }));
  for (;;) {
    const { Results = [] } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn: arn, MaxResults: 1 }));
    const { Status, ApproximateNumberOfMessagesMoved: moved = 0, FailureReason } = Results[0] ?? {};
    if (Status === 'COMPLETED') {
      return `${messages(moved)} moved back`;
    }
    if (Status === 'FAILED' || Status === 'CANCELLED') {
      throw new CliError(`${arn}: ${moved} of ${messages(count)} moved back, then ${FailureReason ?? Status.toLowerCase()}`);
    }
    await sleep(pollMs, undefined, { signal });
  }
}

const messages = (count: number) => `${count} ${count === 1 ? 'message' : 'messages'}`;
