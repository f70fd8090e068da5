import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { lazily, queueProducer, queueTarget, tableName } from 'cdk-system-blueprints/runtime';
import { cronSettings, singletonCron } from 'cdk-system-blueprints/runtime/singleton-cron';

/** Once a day: one message for each subscriber. A run that broke off is run again, so a letter may be sent for twice. */
export const handler = lazily(() => {
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient());
  const send = queueProducer({ sqs: new SQSClient(), target: queueTarget('LETTERS') });
  return singletonCron({
    documents,
    ...cronSettings('DAILY'),
    run: async ({ slot, signal }) => {
      for await (const { Items = [] } of paginateScan({ client: documents }, { TableName: tableName('SUBSCRIBERS') })) {
        signal.throwIfAborted();
        await send(Items.map(({ email }) => ({ email: email as string, slot })));
      }
    },
  });
});
