// A function runs as it was sized, sees its environment, logs where it should, and its failures are told as such.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { FunctionService, Handler, Profile } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-function-service');

const greeter = new FunctionService(stack, 'Greeter', {
  handler: Handler.fromCode(Code.fromInline(`
    exports.handler = async ({ name }) => {
      if (!name) {
        throw new TypeError('nobody to greet');
      }
      console.log('greeting', name);
      return { greeting: process.env.GREETING + ', ' + name, architecture: process.arch, node: process.version.split('.')[0] };
    };
  `)),
  environment: { GREETING: 'Hello' },
  timeout: Duration.seconds(5),
});

const { assertions } = new IntegTest(app, 'FunctionService', { testCases: [stack] });
const { functionName } = greeter.function;

const { logGroupName } = greeter.logGroup!;
const greet = (event: object) => assertions.invokeFunction({ functionName, payload: JSON.stringify(event) });

expectSoon(greet({ name: 'Ada' }), { Payload: Match.serializedJson({ greeting: 'Hello, Ada', architecture: 'arm64', node: 'v24' }) })
  .next(expectSoon(assertions.awsApiCall('CloudWatchLogs', 'filterLogEvents', { logGroupName, filterPattern: '"greeting Ada"' }), {
    events: Match.arrayWith([Match.objectLike({ message: Match.stringLikeRegexp('greeting Ada') })]),
  }, Duration.minutes(5)));
expectSoon(greet({}), { FunctionError: 'Unhandled', Payload: Match.stringLikeRegexp('nobody to greet') });

expectSoon(assertions.awsApiCall('Lambda', 'getFunctionConfiguration', { FunctionName: functionName }), {
  MemorySize: 512, Timeout: 5, TracingConfig: { Mode: 'Active' }, LoggingConfig: { LogFormat: 'JSON', LogGroup: logGroupName },
});
expectSoon(assertions.awsApiCall('CloudWatchLogs', 'describeLogGroups', { logGroupNamePrefix: logGroupName }), {
  logGroups: [Match.objectLike({ retentionInDays: 7 })],
});
