/** Signing up, signing in and calling an API with the token, on the emulator, from the template that users deploy. */
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { App, CfnOutput, DefaultStackSynthesizer, Stack } from 'aws-cdk-lib';
import { Template as Synthesised } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';

import { ApiGateway, FunctionService, Handler, IdentityProvider, Profile } from '../../../lib';
import type { LocalAws } from '../../../local';
import { localApiUrl } from '../../../local/api-url';
import { start, stopAll } from '../start';
import { deploy, type Template } from './cloudformation';

const PASSWORD = 'Correct-Horse-7-Battery';

function template(): Template {
  const app = new App({ analyticsReporting: false });
  Profile.set(app, Profile.SANDBOX);
  const stack = new Stack(app, 'Stack', { synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }) });
  const accounts = new IdentityProvider(stack, 'Accounts', { selfSignUp: true, groups: ['editors'], client: { passwordSignIn: true } });
  const others = new IdentityProvider(stack, 'Others', { selfSignUp: true, client: { passwordSignIn: true } });
  const who = new FunctionService(stack, 'Who', {
    handler: Handler.fromCode(Code.fromInline(
      'exports.handler = async ({ requestContext }) => ({ statusCode: 200, body: JSON.stringify(requestContext.authorizer.jwt.claims) });')),
  });
  const api = new ApiGateway(stack, 'Api');
  api.route('GET /me', who, { authorizer: accounts.authorizer() });
  const outputs = {
    Api: api.url, Pool: accounts.userPool.userPoolId, Client: accounts.client.userPoolClientId,
    OtherPool: others.userPool.userPoolId, OtherClient: others.client.userPoolClientId,
  };
  Object.entries(outputs).forEach(([id, value]) => new CfnOutput(stack, `${id}Out`, { value }));
  return Synthesised.fromStack(stack).toJSON() as Template;
}

let aws: LocalAws;
let out: Record<string, string>;
let cognito: CognitoIdentityProvider;

beforeAll(async () => {
  aws = await start();
  out = await deploy(aws, 'Accounts', template());
  cognito = new CognitoIdentityProvider({
    region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, endpoint: aws.endpoint,
  });
}, 120_000);
afterAll(stopAll);

const signUp = (ClientId: string, Username: string, Password = PASSWORD) =>
  cognito.signUp({ ClientId, Username, Password, UserAttributes: [{ Name: 'email', Value: Username }] });

async function signIn(ClientId: string, Username: string, Password = PASSWORD): Promise<{ access: string; id: string }> {
  const { AuthenticationResult } = await cognito.initiateAuth({
    ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME: Username, PASSWORD: Password },
  });
  return { access: AuthenticationResult!.AccessToken!, id: AuthenticationResult!.IdToken! };
}

async function registered(pool: string, client: string, name: string): Promise<{ access: string; id: string }> {
  await signUp(client, name);
  await cognito.adminConfirmSignUp({ UserPoolId: pool, Username: name });
  return signIn(client, name);
}

const me = (token?: string) => fetch(localApiUrl(aws.endpoint, `${out.ApiOut}/me`), { headers: token ? { authorization: `Bearer ${token}` } : {} });

test('who signed up, was confirmed and signs in is let in and known by the token', async () => {
  await signUp(out.ClientOut!, 'ada@example.com');
  await expect(signIn(out.ClientOut!, 'ada@example.com')).rejects.toMatchObject({ name: 'UserNotConfirmedException' });
  await cognito.adminConfirmSignUp({ UserPoolId: out.PoolOut!, Username: 'ada@example.com' });
  await cognito.adminAddUserToGroup({ UserPoolId: out.PoolOut!, Username: 'ada@example.com', GroupName: 'editors' });
  const { access, id } = await signIn(out.ClientOut!, 'ada@example.com');
  for (const token of [access, id]) {
    const response = await me(token);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ sub: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  }
}, 30_000);

test('nobody is let in without a token, with a changed one, or with that of other accounts', async () => {
  const { access } = await registered(out.PoolOut!, out.ClientOut!, 'grace@example.com');
  const other = await registered(out.OtherPoolOut!, out.OtherClientOut!, 'grace@example.com');
  const [head, , signature] = access.split('.');
  const forged = [head, Buffer.from(JSON.stringify({ sub: 'x', client_id: out.ClientOut, exp: 4_102_444_800 })).toString('base64url'), signature].join('.');
  const statuses = await Promise.all([undefined, 'nonsense', forged, other.access, other.id, access].map(async (token) => (await me(token)).status));
  expect(statuses).toEqual([401, 401, 401, 401, 401, 200]);
}, 30_000);

test('weak passwords, wrong ones and names that are taken are refused', async () => {
  const name = 'alan@example.com';
  await expect(signUp(out.ClientOut!, name, 'short-1A')).rejects.toMatchObject({ name: 'InvalidPasswordException' });
  await expect(signUp(out.ClientOut!, name, 'no-digits-or-capitals')).rejects.toMatchObject({ name: 'InvalidPasswordException' });
  await registered(out.PoolOut!, out.ClientOut!, name);
  await expect(signIn(out.ClientOut!, name, 'Wrong-Horse-7-Battery')).rejects.toMatchObject({ name: 'NotAuthorizedException' });
  await expect(signUp(out.ClientOut!, name)).rejects.toMatchObject({ name: 'UsernameExistsException' });
}, 30_000);
