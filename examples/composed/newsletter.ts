import * as path from 'node:path';
import { Duration } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import {
  Access, ApiGateway, FailMode, FunctionService, Handler, KeyValueStore, RateLimiter, SingletonCron, WorkQueue,
} from 'cdk-system-blueprints';
import { Construct } from 'constructs';

const code = (name: string) => Handler.fromCode(Code.fromAsset(path.join(__dirname, 'dist', name)));

/**
 * A newsletter, composed: people subscribe through a rate-limited API; once a day, and once only, every subscriber gets a
 * message through a queue.
 */
export class Newsletter extends Construct {
  public readonly api: ApiGateway;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const subscribers = new KeyValueStore(this, 'Subscribers', { partitionKey: 'email', disposable: true });
    const limit = new RateLimiter(this, 'Limit', { requests: 5, window: Duration.minutes(1), whenUnavailable: FailMode.OPEN });
    const letters = new WorkQueue(this, 'Letters', { disposable: true });

    const subscribe = new FunctionService(this, 'Subscribe', { handler: code('subscribe') });
    subscribe.use(subscribers, Access.WRITE);
    subscribe.use(limit, Access.WRITE);

    const address = new FunctionService(this, 'Address', { handler: code('address'), timeout: Duration.minutes(1) });
    address.use(subscribers, Access.READ);
    address.use(letters, Access.WRITE);
    new SingletonCron(this, 'Daily', {
      schedule: ScheduleExpression.cron({ hour: '9', minute: '0' }), worker: address, disposable: true,
    });

    const send = new FunctionService(this, 'Send', { handler: code('send') });
    letters.consumedBy(send, { idempotent: true });

    this.api = new ApiGateway(this, 'Api');
    this.api.route('POST /subscribers', subscribe);
  }
}
