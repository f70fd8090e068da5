// A user uploads a GIF, sees it READY and in the feed, and gets an address for it. The scenario proves the rest.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { MediaSharing } from '../../blueprints/media-sharing';
import { Profile } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-media-sharing');
const { accounts, api, published, uploads } = new MediaSharing(stack, 'MediaSharing', { passwordSignIn: true, disposable: true });

const { assertions } = new IntegTest(app, 'MediaSharing', { testCases: [stack] });
const cognito = (action: string, parameters: object) => assertions.awsApiCall('cognito-identity-provider', action, parameters);
const UserPoolId = accounts.userPool.userPoolId;
const Username = 'integ@example.com';
const Password = 'Integ-tests-only-1!';

const created = cognito('adminCreateUser', {
  UserPoolId, Username, MessageAction: 'SUPPRESS', UserAttributes: [{ Name: 'email', Value: Username }],
});
const signedIn = cognito('initiateAuth', {
  ClientId: accounts.client.userPoolClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME: Username, PASSWORD: Password },
});
const authorization = `Bearer ${signedIn.getAttString('AuthenticationResult.AccessToken')}`;
const call = (method: string, path: string, body?: object) => assertions.httpApiCall(`${api.url}${path}`, {
  method, headers: { 'content-type': 'application/json', authorization }, body: body && JSON.stringify(body),
});

// The bytes of a GIF are text as far as they are looked at.
const gif = 'GIF89a and more';
const announced = call('POST', '/uploads', { size: gif.length, contentType: 'image/gif' });
const id = announced.getAttString('body.id');
created.next(cognito('adminSetUserPassword', { UserPoolId, Username, Password, Permanent: true }))
  .next(signedIn)
  .next(announced)
  .next(assertions.httpApiCall(announced.getAttString('body.upload.url'), {
    method: 'PUT', headers: { 'content-type': 'image/gif', 'if-none-match': '*' }, body: gif,
  }))
  .next(expectSoon(call('GET', `/uploads/${id}`), { status: 200, body: Match.objectLike({ status: 'READY' }) }, Duration.minutes(5)))
  .next(expectSoon(call('GET', `/media/${id}`), { status: 200, body: Match.objectLike({ id, kind: 'image' }) }))
  .next(expectSoon(call('GET', '/feed'), { status: 200, body: { entries: [Match.objectLike({ event: 'ready', mediaId: id })] } }, Duration.minutes(5)))
  // Empty buckets go with the stack.
  .next(assertions.awsApiCall('S3', 'deleteObject', { Bucket: published.bucket.bucketName, Key: `media/${id}` }))
  .next(assertions.awsApiCall('S3', 'deleteObject', {
    // Where users are known by their mail, their name is the subject of their tokens.
    Bucket: uploads.objects.bucket.bucketName, Key: `uploads/${created.getAttString('User.Username')}/${id}`,
  }));
expectSoon(assertions.httpApiCall(`${api.url}/media`), { status: 401 });
