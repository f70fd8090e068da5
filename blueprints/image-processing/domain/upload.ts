import * as v from 'valibot';
import { isJobId } from '../../../runtime';

// What S3 tells EventBridge, as far as it matters. Unknown fields are dropped: there will be more of them.
const EVENT = v.object({
  detail: v.object({
    object: v.object({ key: v.custom<string>(isJobId, 'must be the id of a job'), size: v.number() }),
  }),
});

/** An image that has been uploaded. */
export interface Upload {
  /** The key of the object, which is the id of its job. */
  readonly jobId: string;
  /** In bytes. */
  readonly size: number;
}

/** A message that tells of no upload. It is retried and then set aside, so that somebody looks at it. */
export class MalformedUploadError extends Error {
  public override readonly name = 'MalformedUploadError';
}

/** @throws MalformedUploadError */
export function parseUpload(body: string): Upload {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), EVENT), body);
  if (!result.success) {
    throw new MalformedUploadError(v.summarize(result.issues));
  }
  const { key, size } = result.output.detail.object;
  return { jobId: key, size };
}
