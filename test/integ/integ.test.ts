import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import {
  difference, forEachOf, integTests, orphanedSnapshots, readSnapshot, type Snapshot, snapshotFolder, verify, writeSnapshot,
} from '../../scripts/integ-verify';
import type { TemplateResource } from '../support/stacks';

const CONCEPTS = fs.readdirSync(path.join(__dirname, '..', '..', 'lib'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'core').map(({ name }) => name);

jest.setTimeout(120_000);

describe('snapshots', () => {
  const problems = new Map<string, string>();

  // Each test is a process of its own, so they run side by side.
  beforeAll(() => forEachOf(integTests(), async (name) => {
    problems.set(name, await verify(name).catch((error: Error) => error.message));
  }));

  it.each(integTests())('%s is as in its snapshot: look at the difference, then run npm run integ:update', (name) => {
    expect(problems.get(name)).toBe('');
  });

  it('belong to a test each', () => {
    expect(orphanedSnapshots()).toEqual([]);
  });

  it('hold nothing of the machine or the moment they were made', () => {
    const texts = integTests().flatMap((name) => fs.readdirSync(snapshotFolder(name))
      .map((file) => fs.readFileSync(path.join(snapshotFolder(name), file), 'utf8')));
    expect(texts.filter((text) => /"salt": "\d|[0-9a-f]{64}|\/node_modules\/|\/home\/|\/Users\//.test(text))).toEqual([]);
  });
});

it.each(integTests())('%s asserts, and an assertion that fails fails the deployment: use expectSoon', (name) => {
  const calls = Object.entries(readSnapshot(snapshotFolder(name))).filter(([file]) => file.includes('DeployAssert'))
    .flatMap(([, template]) => Object.values((template as { Resources: Record<string, TemplateResource> }).Resources))
    .filter(({ Properties }) => 'expected' in Properties);
  expect(calls.length).toBeGreaterThan(0);
  expect(calls.filter(({ Properties }) => !('stateMachineArn' in Properties))).toEqual([]);
});

it.each(CONCEPTS)('the concept %s has an integ test', (concept) => {
  expect(integTests()).toContain(concept);
});

describe('a difference', () => {
  let folder: string;
  const original = readSnapshot(snapshotFolder('work-queue'));
  const template = 'integ-work-queue.template.json';

  beforeEach(() => { folder = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'snapshot-')), 'doctored'); });
  afterEach(() => fs.rmSync(path.dirname(folder), { recursive: true }));

  /** What is found when the snapshot on disk says something else. */
  async function found(doctor: (text: string) => string, file = template): Promise<string> {
    writeSnapshot(folder, original);
    const doctored = path.join(folder, file);
    const text = fs.readFileSync(doctored, 'utf8');
    expect(doctor(text)).not.toBe(text);
    fs.writeFileSync(doctored, doctor(text));
    return (await difference(readSnapshot(folder), original)).replace(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g'), '');
  }

  it('in a property is named with its resource, what it was and what it is', async () => {
    const text = await found((json) => json.replace('"MessageRetentionPeriod": 1209600', '"MessageRetentionPeriod": 60'));
    expect(text).toMatch(/^integ-work-queue\.template\.json\n/);
    expect(text).toMatch(/\[~\] AWS::SQS::Queue JobsDeadLetterQueue\w+/);
    expect(text).toMatch(/MessageRetentionPeriod[\s\S]*\[-\] 60[\s\S]*\[\+\] 1209600/);
  });

  it('in an assertion is named', async () => {
    const file = Object.keys(original).find((name) => name.includes('DeployAssert'))!;
    const text = await found((json) => json.replace('"api": "purgeQueue"', '"api": "listQueues"'), file);
    expect(text).toMatch(/\[~\] api[\s\S]*\[-\] listQueues[\s\S]*\[\+\] purgeQueue/);
  });

  it('that CloudFormation does not act on is named', async () => {
    const swapped = await found((json) => json.replace(/("DependsOn": \[\s+)("\w+")(,\s+)("\w+")/, '$1$4$3$2'));
    expect(swapped).toMatch(/^integ-work-queue\.template\.json\n( {2}[-+] "Producer\w+",?\n){4}$/);
  });

  it('in the manifest is named', async () => {
    expect(await found((json) => json.replace('"integ-work-queue"', '"another-stack"'), 'integ.json')).toMatch(/^integ\.json\n[\s\S]*another-stack/);
  });

  it('of a whole stack is named', async () => {
    const rest = Object.fromEntries(Object.entries(original).filter(([file]) => file !== template));
    expect(await difference(rest, original)).toBe(`${template}\n  is not in the snapshot\n`);
    expect(await difference(original, rest)).toBe(`${template}\n  is no longer synthesised\n`);
  });

  it('of hashes of assets and of the moment is none', async () => {
    const made = (salt: number, hash: string): Snapshot => {
      fs.rmSync(folder, { recursive: true, force: true });
      fs.mkdirSync(folder);
      fs.writeFileSync(path.join(folder, 'a.template.json'), JSON.stringify({ salt: String(salt), S3Key: `${hash.repeat(64)}.zip` }, null, 1));
      return readSnapshot(folder);
    };
    expect(await difference(made(1, 'a'), made(2, 'b'))).toBe('');
  });
});
