import { SQSClient } from '@aws-sdk/client-sqs';
import { NETWORK } from './network';

/** A client for queues. */
export const sqsClient = () => new SQSClient(NETWORK);
