// Two groups read every record of a key in order; one of them chokes on a poisoned record, sets it aside and goes on.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, EventStream, FunctionService, Handler, Profile } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-event-stream');

const events = new EventStream(stack, 'Events', { partitionKey: 'user', shards: 1, disposable: true });
const producer = new FunctionService(stack, 'Producer', {
  handler: Handler.fromCode(Code.fromInline(`
    const { KinesisClient, PutRecordCommand } = require('@aws-sdk/client-kinesis');
    const kinesis = new KinesisClient({});
    exports.handler = async (records) => {
      for (const record of records) {
        await kinesis.send(new PutRecordCommand({
          StreamName: process.env.EVENTS_STREAM_NAME,
          PartitionKey: record[process.env.EVENTS_PARTITION_KEY],
          Data: Buffer.from(JSON.stringify(record)),
        }));
      }
      return { written: records.length };
    };
  `)),
});
producer.use(events, Access.WRITE);
const reader = (id: string, chokes: boolean) => new FunctionService(stack, id, {
  handler: Handler.fromCode(Code.fromInline(`
    exports.handler = async ({ Records }) => {
      for (const { kinesis } of Records) {
        const { user, act } = JSON.parse(Buffer.from(kinesis.data, 'base64'));
        console.log(user, act);
        if (${chokes} && act === 'poison') return { batchItemFailures: [{ itemIdentifier: kinesis.sequenceNumber }] };
      }
      return { batchItemFailures: [] };
    };
  `)),
});
const sturdy = reader('Sturdy', false);
const fragile = reader('Fragile', true);
events.consumedBy(sturdy, { idempotent: true });
const group = events.consumedBy(fragile, { idempotent: true, maxAttempts: 2 });

const { assertions } = new IntegTest(app, 'EventStream', { testCases: [stack] });
const minutes = Duration.minutes(5);
const logged = (worker: FunctionService, line: string) => expectSoon(
  assertions.awsApiCall('CloudWatchLogs', 'filterLogEvents', { logGroupName: worker.logGroup!.logGroupName, filterPattern: `"${line}"` }),
  { events: Match.arrayWith([Match.objectLike({ message: Match.stringLikeRegexp(line) })]) },
  minutes,
);
const { queueUrl: deadLetters } = group.deadLetterQueue!;

const records = ['first', 'poison', 'last'].map((act) => ({ user: 'ada', act }));
assertions.invokeFunction({ functionName: producer.function.functionName, payload: JSON.stringify(records) })
  .next(logged(sturdy, 'ada last'))
  .next(logged(fragile, 'ada last'))
  .next(expectSoon(assertions.awsApiCall('SQS', 'receiveMessage', { QueueUrl: deadLetters, VisibilityTimeout: 0, WaitTimeSeconds: 20 }),
    { Messages: [Match.objectLike({ Body: Match.stringLikeRegexp('KinesisBatchInfo') })] }, minutes))
  // Another run against the same stack expects no dead letter of this one.
  .next(assertions.awsApiCall('SQS', 'purgeQueue', { QueueUrl: deadLetters }));

// Encrypted at rest.
expectSoon(assertions.awsApiCall('Kinesis', 'describeStreamSummary', { StreamName: events.stream!.streamName }), {
  StreamDescriptionSummary: { EncryptionType: 'KMS', StreamStatus: 'ACTIVE' },
});
