// Who signed up is known, weak passwords are not taken, and an API lets nobody in without a token.
import { ExpectedResult, IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { ApiGateway, FunctionService, Handler, IdentityProvider, Profile } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-identity-provider');

const accounts = new IdentityProvider(stack, 'Accounts', {
  groups: ['editors'], client: { passwordSignIn: true }, disposable: true,
});
const who = new FunctionService(stack, 'Who', {
  handler: Handler.fromCode(Code.fromInline("exports.handler = async () => ({ statusCode: 200, body: 'in' });")),
});
const api = new ApiGateway(stack, 'Api');
api.route('GET /me', who, { authorizer: accounts.authorizer() });

const { assertions } = new IntegTest(app, 'IdentityProvider', { testCases: [stack] });
const cognito = (call: string, request: object) => {
  const made = assertions.awsApiCall('CognitoIdentityProvider', call, { UserPoolId: accounts.userPool.userPoolId, ...request });
  // The actions of Cognito are named otherwise than its client.
  made.provider.addToRolePolicy({
    Effect: 'Allow', Action: [`cognito-idp:${call.charAt(0).toUpperCase()}${call.slice(1)}`], Resource: [accounts.userPool.userPoolArn],
  });
  return made;
};

expectSoon(cognito('describeUserPool', {}), {
  UserPool: { MfaConfiguration: 'OPTIONAL', UsernameAttributes: ['email'], Policies: { PasswordPolicy: { MinimumLength: 12 } } },
});
expectSoon(cognito('describeUserPoolClient', { ClientId: accounts.client.userPoolClientId }), {
  UserPoolClient: { PreventUserExistenceErrors: 'ENABLED', EnableTokenRevocation: true },
});
expectSoon(cognito('getGroup', { GroupName: 'editors' }), { Group: { GroupName: 'editors' } });
assertions.httpApiCall(`${api.url}/me`).expect(ExpectedResult.objectLike({ status: 401 }))
  .waitForAssertions({ totalTimeout: Duration.minutes(2), interval: Duration.seconds(5) });
