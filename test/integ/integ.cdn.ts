// A page of a private bucket is served over HTTPS with security headers, what is missing is 404, and the bucket stays closed.
import { ExpectedResult, IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, Cdn, FunctionService, Handler, ObjectStore, Profile } from '../../lib';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-cdn');

const site = new ObjectStore(stack, 'Site', { disposable: true });
const cdn = new Cdn(stack, 'Cdn', { origin: site, singlePageApp: true, immutableAssets: ['/assets/*'] });

const publisher = new FunctionService(stack, 'Publisher', {
  handler: Handler.fromCode(Code.fromInline(`
    const { DeleteObjectCommand, PutObjectCommand, S3Client } = require('@aws-sdk/client-s3');
    const s3 = new S3Client({});
    const Bucket = process.env.SITE_BUCKET_NAME;
    exports.handler = async ({ page }) => {
      const Key = 'index.html';
      await s3.send(page ? new PutObjectCommand({ Bucket, Key, Body: page, ContentType: 'text/html' }) : new DeleteObjectCommand({ Bucket, Key }));
      return { done: true };
    };
  `)),
});
publisher.use(site, Access.WRITE);

const { assertions } = new IntegTest(app, 'Cdn', { testCases: [stack] });
const publish = (page?: string) =>
  assertions.invokeFunction({ functionName: publisher.function.functionName, payload: JSON.stringify({ page }) });
const soon = { totalTimeout: Duration.minutes(5), interval: Duration.seconds(10) };
const answers = (url: string, answer: object) =>
  assertions.httpApiCall(url).expect(ExpectedResult.objectLike(answer)).waitForAssertions(soon);

publish('<h1>shop</h1>')
  .next(answers(`${cdn.url}/orders/17`, {
    status: 200, body: '<h1>shop</h1>', headers: { 'x-frame-options': ['DENY'], 'x-content-type-options': ['nosniff'] },
  }))
  .next(answers(`${cdn.url}/assets/missing.js`, { status: 404 }))
  .next(answers(`https://${site.bucket.bucketRegionalDomainName}/index.html`, { status: 403 }))
  .next(publish());
