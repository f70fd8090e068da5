import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { FunctionService, ObjectEvent, ObjectStore, WorkQueue } from 'cdk-system-blueprints';
import type { Construct } from 'constructs';

/** A stack that was there before: a bucket and a function, written with the CDK alone. A WorkQueue now stands between them. */
export class ThumbnailsStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const bucket = new Bucket(this, 'ExistingUploads');
    const resize = new LambdaFunction(this, 'ExistingResize', {
      code: Code.fromInline('exports.handler = async ({ Records }) => { console.log(Records.length, "uploads"); };'),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      timeout: Duration.seconds(30),
    });

    // Adopted, so nothing of them changes: neither ids nor data.
    const uploads = new ObjectStore(this, 'Uploads', { bucket });
    const worker = new FunctionService(this, 'Resize', { function: resize });

    // A burst of uploads waits here; what fails five times is set aside, with an alarm.
    const jobs = new WorkQueue(this, 'Jobs', { retry: { maxAttempts: 5 } });
    uploads.on(ObjectEvent.CREATED, jobs);
    jobs.consumedBy(worker, { idempotent: true, maxConcurrency: 10 });
  }
}
