/** A burst of calls shares one machine: some are served at once, and the others wait for their turn. */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

import { PlainAndRepaired } from './plain-and-repaired';

/** Waits for as many others as it is told, but not for ever, and tells how many there were at once. */
const CODE = `
const { existsSync, readdirSync, rmSync, writeFileSync } = require('node:fs');
const { randomUUID } = require('node:crypto');
exports.handler = async ({ folder, count, forMs }) => {
  const [here, met] = [folder + '/' + randomUUID() + '.here', folder + '/met'];
  writeFileSync(here, '');
  let most = 0;
  for (const until = Date.now() + forMs; Date.now() < until && !existsSync(met);) {
    most = Math.max(most, readdirSync(folder).filter((name) => name.endsWith('.here')).length);
    if (most >= count) writeFileSync(met, '');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  rmSync(here);
  return most;
};`;

const both = new PlainAndRepaired('Burst', {
  Resources: {
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: { Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }] },
      },
    },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Runtime: 'nodejs24.x', Handler: 'index.handler', Code: { ZipFile: CODE }, Timeout: 80, Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
      },
    },
  },
  Outputs: { Function: { Value: { Ref: 'Function' } } },
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'burst-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const PLACES = 4 * cpus().length;
const SIGNED = 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=x';

both.test('one call more than there are places', async ({ aws, out, plain }) => {
  // Without the repair all of them meet, however long they take to start; with it they never do.
  const body = JSON.stringify({ folder, count: PLACES + 1, forMs: plain ? 70_000 : 3_000 });
  const seen = await Promise.all(Array.from({ length: PLACES + 1 }, async () => {
    const response = await fetch(`${aws.endpoint}/2015-03-31/functions/${out.Function}/invocations`, {
      method: 'POST', body, headers: { authorization: SIGNED },
    });
    return Number(await response.text());
  }));
  return Math.max(...seen) > PLACES;
}, { plain: true, repaired: false });
