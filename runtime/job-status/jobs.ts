import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { type Clock, systemClock } from '../clock';
import { JobRefusedError, JobTakenError, UnknownJobError } from './errors';
import { isJobId, type Job } from './job';
import { JobRun } from './job-run';
import { refusedItem, transition } from './transition';

/** What jobs are kept with. */
export interface JobsOptions {
  readonly documents: Pick<DynamoDBDocumentClient, 'send'>;
  /** A table with partition key `id` (text) and time to live `expiresAt`. */
  readonly tableName: string;
  /**
   * How long a job is kept after its last change, in seconds.
   * @default - 7 days
   */
  readonly retentionSeconds?: number;
  /** @default systemClock */
  readonly clock?: Pick<Clock, 'now'>;
}

/** What a job begins with. */
export interface NewJob {
  /** What the work needs to know. JSON, as small as the table takes: 400 kB in all. */
  readonly input?: unknown;
  /** Whose it is: `find` then finds it for nobody else. */
  readonly owner?: string;
}

/** How a job is worked on. */
export interface JobRunOptions {
  /** Whether nobody will try again: a failure is then final. */
  readonly lastAttempt: boolean;
}

/** What became of a run: `done before` when the job had succeeded already, `overtaken` when a later attempt had begun. */
export type JobOutcome = 'succeeded' | 'failed' | 'done before' | 'overtaken';

const WEEK = 7 * 24 * 60 * 60;

/** The first error that is told of what failed unexpectedly; the log knows more. */
const UNEXPECTED = { code: 'failed', message: 'The work failed unexpectedly.' };

/**
 * The state of work that is done later, in a table: `QUEUED`, `RUNNING`, then `SUCCEEDED` or `FAILED`. Every change carries its
 * condition, so that messages which come twice, late or out of order change nothing: a job succeeds once and stays so, and an
 * attempt that a later one has overtaken is not heard. One that failed may be tried again.
 */
export class Jobs {
  private readonly clock: Pick<Clock, 'now'>;

  constructor(private readonly options: JobsOptions) {
    this.clock = options.clock ?? systemClock;
  }

  /**
   * Begins a job. One that exists already is left as it is and returned, so that a repeated request makes no second one.
   *
   * @param id 1 to 128 letters, digits and `.`, `_`, `~`, `-`; one that nobody can guess where jobs have no owner
   * @throws TypeError for another id
   * @throws JobTakenError when there is a job of that id that belongs to somebody else
   */
  public async create(id: string, { input, owner }: NewJob = {}): Promise<Job> {
    if (!isJobId(id)) {
      throw new TypeError('the id of a job has 1 to 128 letters, digits, dots, underscores, tildes and hyphens');
    }
    const now = new Date(this.clock.now()).toISOString();
    const job: Job = {
      id, state: 'QUEUED', attempts: 0, createdAt: now, updatedAt: now, expiresAt: this.expiry(),
      ...(input !== undefined && { input }), ...(owner !== undefined && { owner }),
    };
    try {
      await this.options.documents.send(new PutCommand({
        TableName: this.options.tableName,
        Item: job,
        // What has expired is deleted within days, not at once.
        ConditionExpression: 'attribute_not_exists(#id) OR #expiresAt <= :now',
        ExpressionAttributeNames: { '#id': 'id', '#expiresAt': 'expiresAt' },
        ExpressionAttributeValues: { ':now': this.second() },
      }));
      return job;
    } catch (error) {
      refusedItem(error);
      const existing = await this.find(id, owner);
      if (!existing) {
        throw new JobTakenError(id);
      }
      return existing;
    }
  }

  /**
   * Starts an attempt.
   *
   * @returns undefined when the job has succeeded already: there is nothing left to do
   * @throws UnknownJobError when there is no such job, or it has been forgotten
   */
  public async start(id: string): Promise<JobRun | undefined> {
    const startedAt = new Date(this.clock.now()).toISOString();
    const { job, refused } = await transition(this.options, id, {
      set: { state: 'RUNNING', startedAt, updatedAt: startedAt, expiresAt: this.expiry() },
      remove: ['finishedAt', 'progress'],
      count: 'attempts',
      condition: 'attribute_exists(#id) AND #state <> :succeeded AND #expiresAt > :now',
      values: { ':succeeded': 'SUCCEEDED', ':now': this.second() },
    });
    if (job) {
      return new JobRun(this.options, this.clock, job, () => this.expiry());
    }
    if (refused?.state !== 'SUCCEEDED' || refused.expiresAt <= this.second()) {
      throw new UnknownJobError(id);
    }
    return undefined;
  }

  /**
   * Works on a job and keeps its state: what the work resolves to is the result. A `JobRefusedError` fails the job at once and
   * is not thrown again. After any other error the job waits for its next attempt, or has failed if this was the last, and the
   * error is thrown again, so that the queue retries the message or sets it aside.
   *
   * @throws UnknownJobError when there is no such job
   */
  public async run(id: string, work: (run: JobRun) => Promise<unknown>, { lastAttempt }: JobRunOptions): Promise<JobOutcome> {
    const run = await this.start(id);
    if (!run) {
      return 'done before';
    }
    let result: unknown;
    try {
      result = await work(run);
    } catch (error) {
      if (error instanceof JobRefusedError) {
        const { code, message } = error;
        return await run.fail({ code, message }) ? 'failed' : 'overtaken';
      }
      // The error of the work is the one that is to be heard, also when its state cannot be written.
      await (lastAttempt ? run.fail(UNEXPECTED) : run.retry()).catch(() => undefined);
      throw error;
    }
    return await run.succeed(result) ? 'succeeded' : 'overtaken';
  }

  /**
   * The job, as it is at this moment; undefined when there is none, or it belongs to somebody else. It never goes back in time:
   * the read is strongly consistent.
   *
   * @param caller who asks, where that is known
   */
  public async find(id: string, caller?: string): Promise<Job | undefined> {
    if (!isJobId(id)) {
      return undefined;
    }
    const { documents, tableName: TableName } = this.options;
    const { Item } = await documents.send(new GetCommand({ TableName, Key: { id }, ConsistentRead: true }));
    const job = Item as Job | undefined;
    return job && job.expiresAt > this.second() && (job.owner === undefined || job.owner === caller) ? job : undefined;
  }

  private second(): number {
    return Math.floor(this.clock.now() / 1000);
  }

  private expiry(): number {
    return this.second() + (this.options.retentionSeconds ?? WEEK);
  }
}
