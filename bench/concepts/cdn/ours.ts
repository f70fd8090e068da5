import type { Stack } from 'aws-cdk-lib';
import { Cdn, ObjectStore } from '../../../lib';

/** Files in a private bucket, served by CloudFront. */
export function build(stack: Stack): void {
  new Cdn(stack, 'Cdn', { origin: new ObjectStore(stack, 'Files') });
}
