import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import { ASSETS, PAGE } from './assets';
import { credentialsIn, textIn } from './input';
import { MEDIA_BYTES, MEDIA_TYPES } from './media/store';
import type { NoteSession, Parts } from './parts';

/** Whether this node is about to end. */
export interface NodeState {
  readonly draining: boolean;
}

type Signed = { readonly Variables: { readonly session: NoteSession & { readonly user: string } } };

const DAY_SECONDS = 86_400;

/** Notes and pictures of users who have signed in. Every node serves every request. */
export function createApp({ users, notes, media, sessions, cookie, version, migrated, isWell }: Parts, state: NodeState): Hono {
  const app = new Hono();
  app.use(secureHeaders());
  app.use(bodyLimit({ maxSize: MEDIA_BYTES }));
  app.onError((error, context) => {
    process.stderr.write(`${JSON.stringify({ message: 'request failed', path: context.req.path, error: error.message })}\n`);
    return problem(context, 503, 'try again');
  });

  app.get('/', (context) => context.html(PAGE));
  app.get('/static/*', (context) => {
    const asset = ASSETS[context.req.path];
    return asset
      ? context.body(asset.text, 200, { 'content-type': asset.type, 'cache-control': `public, max-age=${365 * DAY_SECONDS}, immutable` })
      : context.notFound();
  });

  // Shallow for the load balancer: a database that is away must not take every node out of service.
  app.get('/healthz', async (context) => {
    const well = !state.draining && (context.req.query('deep') === undefined || await isWell());
    return context.json({ status: well ? 'ok' : 'unavailable', version, node: process.pid, migrated }, well ? 200 : 503);
  });

  const begin = async (context: Context, user: string) => {
    const session = await sessions.signIn(user, { from: cookie.read(context.req.header('cookie')), data: {} });
    context.header('set-cookie', cookie.issue(session.id));
  };

  app.post('/users', async (context) => {
    const given = credentialsIn(await json(context));
    if (!given) {
      return problem(context, 400, 'email and password of 12 to 128 characters');
    }
    const user = await users.signUp(given.email, given.password);
    if (!user) {
      return problem(context, 409, 'somebody has that address');
    }
    await begin(context, user.id);
    return context.json(user, 201);
  });

  app.post('/session', async (context) => {
    const given = credentialsIn(await json(context));
    const user = given && await users.signIn(given.email, given.password);
    if (!user) {
      return problem(context, 401, 'no such email and password');
    }
    await begin(context, user.id);
    return context.json({ ...user, node: process.pid }, 201);
  });

  const signed = new Hono<Signed>();
  signed.use(async (context, next) => {
    const id = cookie.read(context.req.header('cookie'));
    const session = id === undefined ? undefined : await sessions.find(id);
    if (session?.user === undefined) {
      return problem(context, 401, 'sign in');
    }
    context.set('session', { ...session, user: session.user });
    return next();
  });

  signed.get('/session', ({ json: answer, get }) => answer({ user: get('session').user, node: process.pid }));
  signed.delete('/session', async (context) => {
    await sessions.end(context.get('session').id);
    context.header('set-cookie', cookie.clear());
    return context.body(null, 204);
  });
  signed.delete('/sessions', async (context) => {
    await sessions.endAll(context.get('session').user);
    return context.body(null, 204);
  });

  /** What a user has written must be among what the same user reads next, on whatever node. */
  const wrote = (session: NoteSession, mark: string) => sessions.update(session.id, (data) => ({ ...data, mark }));

  signed.get('/notes', async (context) => {
    const { user, data } = context.get('session');
    return context.json(await notes.list(user, data.mark));
  });
  signed.post('/notes', async (context) => {
    const session = context.get('session');
    const text = textIn(await json(context));
    if (text === undefined) {
      return problem(context, 400, 'text of 1 to 10000 characters');
    }
    const { value, mark } = await notes.add(session.user, text);
    await wrote(session, mark);
    return context.json(value, 201);
  });
  signed.put('/notes/:id{[0-9]+}', async (context) => {
    const session = context.get('session');
    const text = textIn(await json(context));
    if (text === undefined) {
      return problem(context, 400, 'text of 1 to 10000 characters');
    }
    const { value, mark } = await notes.change(session.user, context.req.param('id'), text);
    await wrote(session, mark);
    return value ? context.json(value) : problem(context, 404, 'no such note');
  });
  signed.delete('/notes/:id{[0-9]+}', async (context) => {
    const session = context.get('session');
    const { value, mark } = await notes.remove(session.user, context.req.param('id'));
    await wrote(session, mark);
    return value ? context.body(null, 204) : problem(context, 404, 'no such note');
  });

  signed.post('/media', async (context) => {
    const type = context.req.header('content-type') ?? '';
    if (!MEDIA_TYPES.includes(type)) {
      return problem(context, 415, MEDIA_TYPES.join(', '));
    }
    const id = await media.keep(context.get('session').user, { type, bytes: new Uint8Array(await context.req.arrayBuffer()) });
    return context.json({ id }, 201);
  });
  signed.get('/media/:id{[0-9a-f-]{36}}', async (context) => {
    const found = await media.find(context.get('session').user, context.req.param('id'));
    return found
      ? context.body(Buffer.from(found.bytes), 200, { 'content-type': found.type, 'cache-control': 'private' })
      : problem(context, 404, 'no such file');
  });
  signed.delete('/media/:id{[0-9a-f-]{36}}', async (context) => {
    await media.remove(context.get('session').user, context.req.param('id'));
    return context.body(null, 204);
  });

  app.route('/', signed);
  return app;
}

const json = (context: Context): Promise<unknown> => context.req.json<unknown>().catch(() => undefined);

function problem(context: Context, status: 400 | 401 | 404 | 409 | 415 | 503, detail: string): Response {
  return context.body(JSON.stringify({ status, detail }), status, { 'content-type': 'application/problem+json' });
}
