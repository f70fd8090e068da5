/** Repairs of functions, of APIs and of the tokens that APIs ask for. */
import {
  AdminCreateUserCommand, AdminSetUserPasswordCommand, CognitoIdentityProviderClient, InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { request } from 'node:http';

import type { Template } from './cloudformation';
import { PlainAndRepaired, type World } from './plain-and-repaired';

const CODE = `
class LinkTaken extends Error { name = 'LinkTaken'; }
exports.handler = async (event, context) => {
  if (event.do === 'throw' || event.rawPath === '/throw') throw new LinkTaken('secret details');
  if (event.rawPath === '/reached') return Object.keys(event.headers).filter((name) => name.startsWith('x-forwarded')).sort();
  if (event.do === 'exit') process.exit(3);
  return { logGroup: context.logGroupName };
};`;

const may = (Service: string) => ({ Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }] });

const TEMPLATE: Template = {
  Resources: {
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: may('lambda.amazonaws.com') } },
    Logs: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 7 } },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Runtime: 'nodejs24.x', Handler: 'index.handler', Code: { ZipFile: CODE }, Timeout: 10,
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] }, LoggingConfig: { LogGroup: { Ref: 'Logs' } },
      },
    },
    Api: {
      Type: 'AWS::ApiGatewayV2::Api',
      Properties: { Name: 'api', ProtocolType: 'HTTP', CorsConfiguration: { AllowOrigins: ['*'], AllowMethods: ['*'] } },
    },
    Integration: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ApiId: { Ref: 'Api' }, IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0',
        IntegrationUri: { 'Fn::GetAtt': ['Function', 'Arn'] },
      },
    },
    Route: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: { ApiId: { Ref: 'Api' }, RouteKey: 'GET /{action}', Target: { 'Fn::Join': ['/', ['integrations', { Ref: 'Integration' }]] } },
    },
    Users: { Type: 'AWS::Cognito::UserPool', Properties: { UsernameAttributes: ['email'] } },
    UsersClient: {
      Type: 'AWS::Cognito::UserPoolClient', Properties: { UserPoolId: { Ref: 'Users' }, ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] },
    },
    UsersOnly: {
      Type: 'AWS::ApiGatewayV2::Authorizer',
      Properties: {
        ApiId: { Ref: 'Api' }, Name: 'users', AuthorizerType: 'JWT', IdentitySource: ['$request.header.Authorization'],
        JwtConfiguration: {
          Audience: [{ Ref: 'UsersClient' }],
          Issuer: { 'Fn::Join': ['', ['https://cognito-idp.us-east-1.amazonaws.com/', { Ref: 'Users' }]] },
        },
      },
    },
    GuardedRoute: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ApiId: { Ref: 'Api' }, RouteKey: 'GET /guarded/reached', Target: { 'Fn::Join': ['/', ['integrations', { Ref: 'Integration' }]] },
        AuthorizationType: 'JWT', AuthorizerId: { Ref: 'UsersOnly' },
      },
    },
    Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: { Ref: 'Api' }, StageName: '$default', AutoDeploy: true } },
    Rest: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'rest' } },
    RestUsersOnly: {
      Type: 'AWS::ApiGateway::Authorizer',
      Properties: {
        RestApiId: { Ref: 'Rest' }, Name: 'users', Type: 'COGNITO_USER_POOLS', IdentitySource: 'method.request.header.Authorization',
        ProviderARNs: [{ 'Fn::GetAtt': ['Users', 'Arn'] }],
      },
    },
    RestMethod: {
      Type: 'AWS::ApiGateway::Method',
      Properties: {
        RestApiId: { Ref: 'Rest' }, ResourceId: { 'Fn::GetAtt': ['Rest', 'RootResourceId'] }, HttpMethod: 'GET',
        AuthorizationType: 'COGNITO_USER_POOLS', AuthorizerId: { Ref: 'RestUsersOnly' },
        Integration: { Type: 'MOCK', RequestTemplates: { 'application/json': '{"statusCode": 200}' }, IntegrationResponses: [{ StatusCode: '200' }] },
        MethodResponses: [{ StatusCode: '200' }],
      },
    },
    RestDeployment: { Type: 'AWS::ApiGateway::Deployment', DependsOn: ['RestMethod'], Properties: { RestApiId: { Ref: 'Rest' } } },
    RestStage: {
      Type: 'AWS::ApiGateway::Stage',
      Properties: { RestApiId: { Ref: 'Rest' }, DeploymentId: { Ref: 'RestDeployment' }, StageName: 'live' },
    },
  },
  Outputs: {
    Url: { Value: { 'Fn::Join': ['', ['https://', { Ref: 'Api' }, '.execute-api.us-east-1.amazonaws.com/']] } },
    RestUrl: { Value: { 'Fn::Join': ['', ['https://', { Ref: 'Rest' }, '.execute-api.us-east-1.amazonaws.com/live/']] } },
    ...Object.fromEntries(['Api', 'Logs', 'Function', 'Users', 'UsersClient'].map((id) => [id, { Value: { Ref: id } }])),
  },
};

const both = new PlainAndRepaired('Functions', TEMPLATE);

async function invoke({ client, out }: World, event: object): Promise<Record<string, string>> {
  const call = new InvokeCommand({ FunctionName: out.Function, Payload: JSON.stringify(event) });
  const { Payload } = await new LambdaClient(client).send(call);
  return JSON.parse(Buffer.from(Payload ?? []).toString()) as Record<string, string>;
}

both.test('CORS preflight of an HTTP API', async ({ aws, out }) => {
  const headers = { 'origin': 'https://example.com', 'access-control-request-method': 'GET' };
  const { status, headers: answer } = await fetch(aws.urlOf(`${out.Url}throw`), { method: 'OPTIONS', headers });
  return [status, answer.get('access-control-allow-origin')];
}, { plain: [403, null], repaired: [204, '*'] });

both.test('an HTTP API tells how it was reached', async ({ aws, out }) => (await fetch(aws.urlOf(`${out.Url}reached`))).json(),
  { plain: [], repaired: ['x-forwarded-for', 'x-forwarded-port', 'x-forwarded-proto'] });

both.test('an HTTP API keeps the error of its function to itself', async ({ aws, out }) => {
  const response = await fetch(aws.urlOf(`${out.Url}throw`));
  return [response.status, (await response.text()).includes('secret')];
}, { plain: [502, true], repaired: [500, false] });

both.test('an HTTP API is reached by its name below localhost', async ({ aws, out }) => {
  const { hostname, port } = new URL(aws.endpoint);
  const headers = { host: `${out.Api}.execute-api.localhost:${port}` };
  return new Promise((resolve, reject) => {
    request({ hostname, port, path: '/reached', headers }, ({ statusCode }) => resolve(statusCode)).once('error', reject).end();
  });
}, { plain: 403, repaired: 200 });

both.test('the type of an error thrown by a function', async (world) => (await invoke(world, { do: 'throw' })).errorType,
  { plain: 'Runtime.HandlerError', repaired: 'LinkTaken' });

both.test('the type of a crash', async (world) => (await invoke(world, { do: 'exit' })).errorType,
  { plain: 'Runtime.HandlerError', repaired: 'Runtime.ExitError' });

both.test('the log group a function is told', async (world) => (await invoke(world, {})).logGroup === world.out.Logs,
  { plain: false, repaired: true });

both.test('the signature of a token, at an HTTP API and at a REST API', async ({ aws, client, out }) => {
  const cognito = new CognitoIdentityProviderClient(client);
  const [Username, Password] = ['a@example.com', 'Tests-only-1!'];
  await cognito.send(new AdminCreateUserCommand({ UserPoolId: out.Users, Username, MessageAction: 'SUPPRESS' }));
  await cognito.send(new AdminSetUserPasswordCommand({ UserPoolId: out.Users, Username, Password, Permanent: true }));
  const { AuthenticationResult } = await cognito.send(new InitiateAuthCommand({
    ClientId: out.UsersClient, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME: Username, PASSWORD: Password },
  }));
  const token = AuthenticationResult!.AccessToken!;
  const [head, claims, signature] = token.split('.') as [string, string, string];
  const another = Buffer.from(claims, 'base64url').toString().replace('"token_use"', '"other": 1, "token_use"');
  const forged = [head, Buffer.from(another).toString('base64url'), signature].join('.');
  const ask = async (url: string | undefined, authorization: string) =>
    (await fetch(aws.urlOf(url!), { headers: { authorization } })).status;
  return Promise.all([token, forged, `${token.slice(0, -4)}AAAA`].map((each) => Promise.all([
    ask(`${out.Url}guarded/reached`, `Bearer ${each}`), ask(out.RestUrl, each),
  ])));
}, { plain: [[401, 401], [401, 401], [401, 401]], repaired: [[200, 200], [401, 401], [401, 401]] });
