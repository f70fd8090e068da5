import { SQSClient } from '@aws-sdk/client-sqs';
import { PATIENCE } from './patience';

/** A client for queues. */
export const sqsClient = () => new SQSClient(PATIENCE);
