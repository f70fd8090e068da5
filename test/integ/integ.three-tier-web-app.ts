// The nodes answer through the CDN and the load balancer, reach the database and the cache, take a user in, and refuse what
// cannot be right. The scenario proves the rest.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Stack } from 'aws-cdk-lib';
import { ThreeTierWebApp } from '../../blueprints/three-tier-web-app';
import { Profile } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-three-tier-web-app');
const { outputs } = new ThreeTierWebApp(stack, 'ThreeTierWebApp', { disposable: true, cdn: true });

const { assertions } = new IntegTest(app, 'ThreeTierWebApp', { testCases: [stack] });
const post = (path: string, body: object) => assertions.httpApiCall(`${outputs.Url}${path}`, {
  method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
});

expectSoon(assertions.httpApiCall(`${outputs.Url}/healthz?deep`), { status: 200, body: Match.objectLike({ status: 'ok' }) })
  .next(expectSoon(post('/users', { email: 'integ@example.com', password: 'correct horse battery staple' }), { status: 201 }));
expectSoon(post('/users', { email: 'nobody', password: 'short' }), { status: 400 });
expectSoon(post('/session', { email: 'nobody@example.com', password: 'correct horse battery staple' }), { status: 401 });
expectSoon(post('/notes', { text: 'x' }), { status: 401 });
