import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { httpHandler, type HttpHandler } from '../http';
import { callerOf, jobAnswer, Jobs, jobSettings, noSuchJob } from '../job-status';
import { lazily } from '../lazily';
import type { StructuredLogger } from '../logger';

interface JobStatusDependencies {
  readonly jobs: Pick<Jobs, 'find'>;
  readonly pollSeconds: number;
  /** The claim that tells who asks. */
  readonly ownerClaim: string;
  readonly logger: StructuredLogger;
}

/** `GET /jobs/{id}`: how a job stands. */
export function jobStatusHandler({ jobs, ownerClaim, logger, ...settings }: JobStatusDependencies): HttpHandler {
  return httpHandler(async (request) => {
    const job = await jobs.find(request.pathParameters?.id ?? '', callerOf(request, ownerClaim));
    if (!job) {
      throw noSuchJob();
    }
    return jobAnswer(job, settings);
  }, { logger });
}

export const handler = lazily(() => {
  const settings = jobSettings('JOBS');
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  return jobStatusHandler({
    jobs: new Jobs({ documents, ...settings }), ...settings, ownerClaim: process.env.JOB_OWNER_CLAIM ?? 'sub', logger: new Logger(),
  });
});
