// A link is made once for a key, stored, followed, counted, and not found once it has expired. The scenario proves the rest.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Stack } from 'aws-cdk-lib';
import { UrlShortener } from '../../blueprints/url-shortener';
import { Profile } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-url-shortener');
const { api, links } = new UrlShortener(stack, 'UrlShortener', { disposable: true });

const { assertions } = new IntegTest(app, 'UrlShortener', { testCases: [stack] });
const get = (path: string) => assertions.httpApiCall(`${api.url}${path}`);
const postLink = (body: object, headers = {}) => assertions.httpApiCall(`${api.url}/links`, {
  method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body),
});
const storeLink = (slug: string, attributes: object) => assertions.awsApiCall('DynamoDB', 'putItem', {
  TableName: links.table.tableName,
  Item: { slug: { S: slug }, createdAt: { S: '2026-01-01T00:00:00.000Z' }, clicks: { N: '0' }, ...attributes },
});
const problem = (status: number) => ({ status, headers: { 'content-type': ['application/problem+json'] }, body: Match.objectLike({ status }) });

const url = 'https://example.com/made';
const once = { 'idempotency-key': 'integ' };
const first = postLink({ url }, once);
const slug = first.getAttString('body.slug');
first.next(expectSoon(postLink({ url }, once), { status: 201, body: Match.objectLike({ slug }) }))
  .next(expectSoon(assertions.awsApiCall('DynamoDB', 'getItem', { TableName: links.table.tableName, Key: { slug: { S: slug } } }), {
    Item: { url: { S: url } },
  }));
expectSoon(postLink({ url: 'javascript:alert(1)' }), problem(422));

// It leads to its own statistics: the call follows the redirect, and needs nothing outside the stack.
const live = 'integLive1';
storeLink(live, { url: { S: `${api.url}/links/${live}/stats` } })
  .next(expectSoon(get(`/${live}`), { status: 200, body: Match.objectLike({ slug: live }) }))
  .next(expectSoon(get(`/links/${live}/stats`), { status: 200, body: Match.objectLike({ clicks: 1 }) }));

const gone = 'integGone1';
storeLink(gone, { url: { S: url }, expiresAt: { N: '1' } }).next(expectSoon(get(`/${gone}`), problem(404)));
expectSoon(get('/integNever'), problem(404));
