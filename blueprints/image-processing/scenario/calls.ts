import * as assert from 'node:assert/strict';
import { DeleteObjectsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { World } from '../../scenario';
import { eventually } from '../../scenario-tools';

/** What `POST /images` answers. */
export interface Announced {
  readonly id: string;
  readonly state: string;
  readonly upload: { readonly method: string; readonly url: string; readonly headers: Record<string, string> };
}

/** What `GET /jobs/{id}` answers. */
export interface JobDocument {
  readonly id: string;
  readonly state: string;
  readonly attempts: number;
  readonly updatedAt: string;
  readonly error?: { readonly code: string; readonly message: string };
  readonly result?: {
    readonly width: number;
    readonly height: number;
    readonly thumbnails: readonly ThumbnailDocument[];
  };
}

interface ThumbnailDocument {
  readonly size: number;
  readonly width: number;
  readonly height: number;
  readonly path: string;
}

export const postImage = (world: World, body: unknown) => world.request('/images', {
  method: 'POST', headers: { 'content-type': 'application/json' }, body: typeof body === 'string' ? body : JSON.stringify(body),
});

/** Announces an image and returns its job. */
export async function announce(world: World, image: Buffer, sizes?: readonly number[], contentType: string = 'image/png'): Promise<Announced> {
  const response = await postImage(world, { contentType, bytes: image.length, sizes });
  assert.equal(response.status, 202, `POST /images answered ${response.status}: ${await response.clone().text()}`);
  return await response.json() as Announced;
}

/** Uploads an image as its job was told to. A thousand such calls would leave a listener each on the signal of the run. */
export function put({ upload }: Announced, image: Buffer, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(upload.url, { method: upload.method, headers: { ...upload.headers, ...headers }, body: new Uint8Array(image) });
}

/** Announces an image, again where the machine is too busy to answer, and uploads it; resolves to the id of its job. */
export async function submit(world: World, image: Buffer, sizes?: readonly number[]): Promise<string> {
  const announced = await eventually(world, () => announce(world, image, sizes), 30);
  const response = await put(announced, image);
  assert.equal(response.status, 200, `the upload was answered ${response.status}: ${await response.clone().text()}`);
  return announced.id;
}

export async function jobOf(world: World, id: string): Promise<JobDocument> {
  const response = await world.request(`/jobs/${id}`);
  assert.equal(response.status, 200, `GET /jobs/${id} answered ${response.status}`);
  return await response.json() as JobDocument;
}

/** Asks until a job has finished in that state. */
export function finished(world: World, id: string, state: 'SUCCEEDED' | 'FAILED', patienceSeconds: number = 150): Promise<JobDocument> {
  return eventually(world, async () => {
    const job = await jobOf(world, id);
    assert.equal(job.state, state, `job ${id} is ${job.state}, not ${state}`);
    return job;
  }, patienceSeconds);
}

/** The event of an upload as S3 puts it into the queue. */
export const uploadEvent = (id: string) =>
  JSON.stringify({ 'detail-type': 'Object Created', 'source': 'aws.s3', 'detail': { object: { key: id, size: 100 } } });

/** Deletes the originals and thumbnails of jobs: a bucket is deleted with its stack only when it is empty. */
export async function cleanUp(world: World, ids: readonly string[]): Promise<void> {
  const { UploadsBucket: uploads, ThumbnailsBucket: thumbnails } = world.outputs;
  await remove(world, uploads!, ids);
  const mine = new Set(ids);
  await remove(world, thumbnails!, (await keysOf(world, thumbnails!)).filter((key) => mine.has(key.split('/')[0]!)));
}

/** The keys of a bucket. */
export async function keysOf(world: World, bucket: string): Promise<string[]> {
  const keys: string[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await world.client(S3Client).send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken }));
    keys.push(...(page.Contents ?? []).map(({ Key }) => Key!));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
  return keys;
}

async function remove(world: World, bucket: string, keys: readonly string[]): Promise<void> {
  for (let from = 0; from < keys.length; from += 1000) {
    const Objects = keys.slice(from, from + 1000).map((Key) => ({ Key }));
    await world.client(S3Client).send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }));
  }
}
