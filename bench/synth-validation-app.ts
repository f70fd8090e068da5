/** An app of ordinary size (about 25 resources) for synth-validation.mjs. */
import { App, Stack, Validations } from 'aws-cdk-lib/core';
import { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Code, Function as Lambda, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { RememberedValidation } from '../lib/core/remembered-validation';

const app = new App(RememberedValidation.APP_PROPS);
// Not even registered: what an app without any validation costs.
if (process.env.CDK_VALIDATION !== 'false') {
  Validations.of(app).addPlugins(new RememberedValidation());
}

const stack = new Stack(app, 'Orders');
const code = Code.fromInline('exports.handler = async () => ({ statusCode: 200 });');
const lambda = (id: string) => new Lambda(stack, id, { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code });
const orders = new TableV2(stack, 'Table', { partitionKey: { name: 'id', type: AttributeType.STRING } });
const failed = new Queue(stack, 'Failed');
const work = new Queue(stack, 'Work', { deadLetterQueue: { queue: failed, maxReceiveCount: 5 } });
const api = new HttpApi(stack, 'Api');
const worker = lambda('Worker');
worker.addEventSource(new SqsEventSource(work));
orders.grantWriteData(worker);
for (const [id, method] of [['Place', HttpMethod.POST], ['Read', HttpMethod.GET]] as const) {
  const handler = lambda(id);
  orders.grantReadWriteData(handler);
  work.grantSendMessages(handler);
  api.addRoutes({ path: '/orders', methods: [method], integration: new HttpLambdaIntegration(`${id}Integration`, handler) });
}
