// Who is behind the gate may look at the length of its queue, and neither put work into the queue nor take it.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, AdmissionControl, FunctionService, Handler, Profile, WorkQueue } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-admission-control');

const jobs = new WorkQueue(stack, 'Jobs', { disposable: true });
const intake = new AdmissionControl(stack, 'Intake', { workQueue: jobs, maxBacklog: 10 });
// Looks, sends or receives, and tells what came of it.
const handler = Handler.fromCode(Code.fromInline(`
  const { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } = require('@aws-sdk/client-sqs');
  const sqs = new SQSClient({});
  const QueueUrl = process.env.INTAKE_QUEUE_URL;
  const commands = {
    look: () => new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
    send: () => new SendMessageCommand({ QueueUrl, MessageBody: '{}' }),
    receive: () => new ReceiveMessageCommand({ QueueUrl }),
  };
  exports.handler = async ({ what }) => {
    try {
      const { Attributes = {} } = await sqs.send(commands[what]());
      return { waiting: Attributes.ApproximateNumberOfMessages, thresholds: process.env.INTAKE_ADMISSION };
    } catch ({ name }) {
      return name.startsWith('AccessDenied') ? { denied: true } : { error: name };
    }
  };
`));
const gate = new FunctionService(stack, 'Gate', { handler });
gate.use(intake, Access.READ);

const { assertions } = new IntegTest(app, 'AdmissionControl', { testCases: [stack] });
const { functionName } = gate.function;
const call = (what: string) => assertions.invokeFunction({ functionName, payload: JSON.stringify({ what }) });
const answers = (answer: { [key: string]: unknown }) => ({ Payload: Match.serializedJson(answer) });

expectSoon(call('look'), answers({ waiting: '0', thresholds: '10,8,5' }));
expectSoon(call('send'), answers({ denied: true }));
expectSoon(call('receive'), answers({ denied: true }));
