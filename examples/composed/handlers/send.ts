import { SQSClient } from '@aws-sdk/client-sqs';
import { lazily, queueConsumer, queueUrl, retryPolicy, type StructuredLogger } from 'cdk-system-blueprints/runtime';

const logger: StructuredLogger = console;

/** One letter. Here it is only written down; a mail service would be called with the address and the slot as its key. */
export const handler = lazily(() => queueConsumer({
  sqs: new SQSClient(),
  queueUrl: queueUrl('LETTERS'),
  retry: retryPolicy('LETTERS'),
  logger,
  handle: async (body) => {
    const { email, slot } = JSON.parse(body) as { email: string; slot: string };
    logger.info('letter sent', { email, slot });
  },
}));
