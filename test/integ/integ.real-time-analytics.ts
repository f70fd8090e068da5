// Events are taken once for a key, counted in their minute, and shown; what is wrong is named. The scenario proves the rest.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { RealTimeAnalytics } from '../../blueprints/real-time-analytics';
import { Profile } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-real-time-analytics');
const { api } = new RealTimeAnalytics(stack, 'RealTimeAnalytics', { disposable: true, accountLogging: true });

const { assertions } = new IntegTest(app, 'RealTimeAnalytics', { testCases: [stack] });
const event = { id: 'a', post: 'integ', kind: 'like', region: 'europe', at: '2026-11-22T12:00:30Z' };
const post = (events: unknown[], headers = {}) => assertions.httpApiCall(`${api.url}/events`, {
  method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ events }),
});
const get = (path: string) => assertions.httpApiCall(`${api.url}${path}`);

const once = { 'idempotency-key': 'integ' };
const batch = [event, { ...event, id: 'b' }];
const taken = { status: 202, body: { accepted: 2, failed: [] } };
expectSoon(post(batch, once), taken)
  .next(expectSoon(post(batch, once), taken))
  .next(expectSoon(get('/series?name=post/integ/like&from=2026-11-22T12:00:00Z&to=2026-11-22T12:01:00Z'), {
    status: 200, body: Match.objectLike({ windows: [Match.objectLike({ start: '2026-11-22T12:00:00.000Z', count: 2, late: 0 })] }),
  }, Duration.minutes(5)));

const wrong = { index: 0, detail: 'kind is one of like, comment, share, delivered', retry: false };
expectSoon(post([{ ...event, kind: 'dislike' }]), { status: 422, body: { accepted: 0, failed: [wrong] } });
expectSoon(get('/series?name=everything'), { status: 400, body: Match.objectLike({ status: 400 }) });
expectSoon(get('/'), { status: 200, body: Match.stringLikeRegexp('Engagement') });
