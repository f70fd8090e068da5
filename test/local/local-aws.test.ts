import { readFileSync } from 'node:fs';

import { localFile } from '../../local/local-file';
import { start } from './start';

const given = { ...process.env };
afterEach(() => {
  process.env = { ...given };
});

describe('AWS_ENDPOINT_URL', () => {
  test('wins: nothing is started, nothing is stopped', async () => {
    process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:9/';
    const aws = await start();
    expect(aws).toMatchObject({ endpoint: 'http://127.0.0.1:9', external: true });
    expect(aws.urlOf('https://a1.execute-api.us-east-1.amazonaws.com/x')).toBe('http://127.0.0.1:9/_aws/execute-api/a1/x');
    expect(await aws.recordedOnly()).toEqual([]);
    expect(await aws.killWorkers('f')).toBe(0);
    await aws.stop();
    await aws.stop();
  });

  test('must be a URL', async () => {
    process.env.AWS_ENDPOINT_URL = 'localhost';
    await expect(start()).rejects.toMatchObject({ name: 'LocalAwsError', code: 'ENDPOINT_INVALID' });
  });

  test("clients are kept off the user's own account", async () => {
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_ENDPOINT_URL_S3: 'https://elsewhere', AWS_PROFILE: 'mine',
      AWS_ACCESS_KEY_ID: 'mine', AWS_SECRET_ACCESS_KEY: 'mine', AWS_SESSION_TOKEN: 'mine', AWS_REGION: 'eu-central-1',
    });
    const { environment } = await start();
    const seen = { ...process.env, ...environment };
    expect(Object.entries(seen).filter(([, value]) => value === 'mine')).toEqual([]);
    expect(seen).toMatchObject({
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9', AWS_REGION: 'us-east-1', AWS_EC2_METADATA_DISABLED: 'true',
    });
  });
});

test('an aborted signal starts nothing', async () => {
  await expect(start({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
});

test('the repairs are written for the version that is installed', () => {
  const pinned = /^ministack==(\S+)/m.exec(readFileSync(localFile('requirements.txt'), 'utf8'))?.[1];
  const repaired = /^MINISTACK_VERSION = '(.*)'$/m.exec(readFileSync(localFile('ministack_extension/repair.py'), 'utf8'))?.[1];
  expect(repaired).toBe(pinned);
});

test('the requirements name no host and no folder', () => {
  expect(readFileSync(localFile('requirements.txt'), 'utf8')).not.toMatch(/https?:|^-|(^|\s)\/\w/m);
});
