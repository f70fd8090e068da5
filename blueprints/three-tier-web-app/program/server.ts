import { serve } from '@hono/node-server';
import { createApp } from './app';
import { connect } from './parts';

/** How long requests in flight may take to end. Amazon ECS waits longer before it kills. */
const DRAIN_MILLISECONDS = 20_000;

/** One node of the web tier: connects, migrates, listens, and on SIGTERM ends what it has begun before it ends itself. */
async function main(): Promise<void> {
  const parts = await connect(process.env);
  const state = { draining: false };
  const server = serve({ fetch: createApp(parts, state).fetch, port: Number(process.env.PORT ?? 8080) });

  process.once('SIGTERM', () => {
    state.draining = true;
    setTimeout(() => process.exit(1), DRAIN_MILLISECONDS).unref();
    server.close(() => {
      void parts.end().finally(() => process.exit(0));
    });
    // Connections that wait for a next request would keep it open.
    if ('closeIdleConnections' in server) {
      server.closeIdleConnections();
    }
  });
}

main().catch((error: unknown) => {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`${JSON.stringify({ message: 'cannot start', error: message, stack })}\n`);
  process.exit(1);
});
