import * as assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import {
  AdminCreateUserCommand, AdminSetUserPasswordCommand, CognitoIdentityProviderClient, InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { SignedPart, SignedRequest, UploadStatus, UploadView } from '../../../runtime';
import type { World } from '../../scenario';
import { eventually } from '../../scenario-tools';
import type { FeedEntry } from '../domain/feed';

/** Somebody who is signed in. */
export interface User {
  readonly token: string;
}

/** What `GET /media/{mediaId}` answers. */
export interface MediaView {
  readonly id: string;
  readonly sha256: string;
  readonly contentType: string;
  readonly url: string;
}

const SIGNED_IN = new WeakMap<World, Promise<{ readonly alice: User; readonly bob: User }>>();

/** The two users of a run. */
export function users(world: World) {
  const known = SIGNED_IN.get(world) ?? Promise.all([signIn(world), signIn(world)]).then(([alice, bob]) => ({ alice, bob }));
  SIGNED_IN.set(world, known);
  return known;
}

/** Creates a user without sending mails, and signs in with the password. */
async function signIn(world: World): Promise<User> {
  const cognito = world.client(CognitoIdentityProviderClient);
  const { UserPool: UserPoolId, Client: ClientId } = world.outputs;
  const Username = `${randomUUID()}@example.com`;
  const Password = `Aa1!${randomBytes(12).toString('hex')}`;
  await cognito.send(new AdminCreateUserCommand({
    UserPoolId, Username, MessageAction: 'SUPPRESS', UserAttributes: [{ Name: 'email', Value: Username }],
  }));
  await cognito.send(new AdminSetUserPasswordCommand({ UserPoolId, Username, Password, Permanent: true }));
  const { AuthenticationResult } = await cognito.send(new InitiateAuthCommand({
    ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME: Username, PASSWORD: Password },
  }));
  return { token: AuthenticationResult!.AccessToken! };
}

/** Calls the API as a user. */
export function call(world: World, { token }: User, method: string, path: string, body?: unknown): Promise<Response> {
  return world.request(path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...body !== undefined && { 'content-type': 'application/json' } },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

/** Calls the API as a user, and resolves to the answer; rejects when its status is another one. */
export async function answer<T>(
  world: World, user: User, status: number, method: string, path: string, body?: unknown,
): Promise<T> {
  const response = await call(world, user, method, path, body);
  const text = await response.text();
  assert.equal(response.status, status, `${method} ${path} answered ${response.status}: ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** Bytes that begin as a PNG does. */
export const png = (size: number) => Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), randomBytes(size - 8)]);

/** Bytes that begin as an MP4 does. */
export const mp4 = (size: number) => Buffer.concat([Buffer.from('0000001866747970', 'hex'), randomBytes(size - 8)]);

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('base64');

/** Announces an upload. */
export function announce(
  world: World, user: User, bytes: Uint8Array, contentType: string, more: object = {},
): Promise<UploadView> {
  return answer(world, user, 201, 'POST', '/uploads', { size: bytes.length, contentType, ...more });
}

/** Sends bytes to where a URL says. */
export function put(
  { url, method, headers }: SignedRequest | SignedPart, bytes: Uint8Array, changed: object = {},
): Promise<Response> {
  return fetch(url, { method, headers: { ...headers, ...changed }, body: new Uint8Array(bytes) });
}

/** Uploads something in one piece; resolves to its id. */
export async function upload(
  world: World, user: User, bytes: Uint8Array, contentType: string, more: object = {},
): Promise<string> {
  const { id, upload: request } = await announce(world, user, bytes, contentType, more);
  const response = await put(request!, bytes);
  assert.equal(response.status, 200, `PUT answered ${response.status}: ${await response.text()}`);
  return id;
}

export const uploadOf = (world: World, user: User, id: string) => answer<UploadView>(world, user, 200, 'GET', `/uploads/${id}`);

/** Waits until an upload has a status; rejects at once when it has another final one. */
export async function becomes(
  world: World, user: User, id: string, status: UploadStatus, patienceSeconds: number = 90,
): Promise<UploadView> {
  const view = await eventually(world, async () => {
    const found = await uploadOf(world, user, id);
    assert.ok([status, 'READY', 'FAILED', 'EXPIRED'].includes(found.status), `upload ${id} is ${found.status} instead of ${status}`);
    return found;
  }, patienceSeconds);
  assert.equal(view.status, status, `upload ${id} is ${view.status}${view.reason ? ` (${view.reason})` : ''} instead of ${status}`);
  return view;
}

/** What the feed of a user says of one upload. */
export async function feedOf(world: World, user: User, id: string): Promise<string[]> {
  const { entries } = await answer<{ entries: FeedEntry[] }>(world, user, 200, 'GET', '/feed');
  return entries.filter(({ mediaId }) => mediaId === id).map(({ event }) => event).sort();
}
