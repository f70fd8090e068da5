import { SQSClient } from '@aws-sdk/client-sqs';
import { patience } from '../../../patience';

/** A client for queues. */
export const sqsClient = () => new SQSClient(patience());
