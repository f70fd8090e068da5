// A client that connects is remembered; what a function sends to a connection that is gone is refused with 410.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, FunctionService, Handler, Profile, WebSocketGateway } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-web-socket-gateway');

const live = new WebSocketGateway(stack, 'Live', { accountLogging: true });
// Node.js 24 has a WebSocket of its own: this function is the client, too.
const chat = new FunctionService(stack, 'Chat', {
  timeout: Duration.seconds(30),
  environment: { ADDRESS: `${live.url}?group=room` },
  handler: Handler.fromCode(Code.fromInline(`
    const { ApiGatewayManagementApiClient, PostToConnectionCommand } = require('@aws-sdk/client-apigatewaymanagementapi');
    const { DynamoDBClient, QueryCommand } = require('@aws-sdk/client-dynamodb');
    const api = new ApiGatewayManagementApiClient({ endpoint: process.env.LIVE_CALLBACK_URL });
    const known = () => new DynamoDBClient({}).send(new QueryCommand({
      TableName: process.env.LIVE_TABLE_NAME, IndexName: 'group', KeyConditionExpression: '#group = :group',
      ExpressionAttributeNames: { '#group': 'group' }, ExpressionAttributeValues: { ':group': { S: 'room' } },
    }));
    exports.handler = async () => {
      const socket = new WebSocket(process.env.ADDRESS);
      const heard = new Promise((resolve) => { socket.onmessage = ({ data }) => resolve(data); });
      await new Promise((resolve, reject) => { socket.onopen = resolve; socket.onerror = reject; });
      await new Promise((resolve) => setTimeout(resolve, 2000));
      const [{ connectionId: { S: ConnectionId } }] = (await known()).Items;
      const send = () => api.send(new PostToConnectionCommand({ ConnectionId, Data: 'hello' }));
      await send();
      const data = await heard;
      socket.close();
      await new Promise((resolve) => setTimeout(resolve, 2000));
      const after = await send().catch(({ name }) => name);
      return { data, after, left: (await known()).Count };
    };
  `)),
});
chat.use(live, Access.WRITE);

const { assertions } = new IntegTest(app, 'WebSocketGateway', { testCases: [stack] });
const minutes = Duration.minutes(5);

expectSoon(assertions.invokeFunction({ functionName: chat.function.functionName }),
  { Payload: Match.serializedJson({ data: 'hello', after: 'GoneException', left: 0 }) }, minutes)
  .next(expectSoon(assertions.awsApiCall('CloudWatchLogs', 'filterLogEvents', {
    logGroupName: live.accessLog!.logGroupName, filterPattern: '{ $.route = "$connect" && $.status = "200" }',
  }), { events: Match.arrayWith([Match.objectLike({ message: Match.stringLikeRegexp('CONNECT') })]) }, minutes));
