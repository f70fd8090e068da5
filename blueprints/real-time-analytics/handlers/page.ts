import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { httpHandler, type HttpHandler, lazily, Problem, type StructuredLogger } from '../../../runtime';
import { readSetting } from '../../../runtime/environment';
import { logger } from './support/logger';

interface PageDependencies {
  /** The folder that the files are in. */
  readonly folder: string;
  /** The address of the WebSocket API. */
  readonly liveUrl: string;
  readonly logger: StructuredLogger;
}

/** What is served, and nothing else. */
const TYPES: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'dashboard.js': 'text/javascript; charset=utf-8',
  'chart.js': 'text/javascript; charset=utf-8',
  'dashboard.css': 'text/css; charset=utf-8',
};

/** `GET /` and `GET /assets/{file}`: the dashboard. */
export function pageHandler({ folder, liveUrl, ...dependencies }: PageDependencies): HttpHandler {
  return httpHandler(async ({ pathParameters, requestContext: { apiId } }) => {
    const name = pathParameters?.file ?? 'index.html';
    const type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
    if (type === undefined) {
      throw new Problem({ status: 404, detail: 'There is no such file.' });
    }
    const file = readFileSync(join(folder, name), 'utf8');
    return {
      statusCode: 200,
      headers: {
        'content-type': type,
        'cache-control': 'no-cache',
        'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self' ws: wss:; "
          + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      },
      body: name === 'index.html' ? file.replace('{{live}}', liveUrl).replace('{{api}}', apiId) : file,
    };
  }, dependencies);
}

export const handler = lazily(() => pageHandler({
  folder: __dirname,
  liveUrl: readSetting('LIVE_URL', 'RealTimeAnalytics'),
  logger,
}));
