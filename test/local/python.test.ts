import { rmSync } from 'node:fs';

import { findPython } from '../../local/python';
import { fakePython } from './fake-python';
import { scratchFolder } from './scratch';

let folder: string;
const path = process.env.PATH;
beforeEach(() => {
  folder = scratchFolder();
  process.env.PATH = folder;
});
afterEach(() => {
  process.env.PATH = path;
  rmSync(folder, { recursive: true });
});

test('takes python3 before others', async () => {
  fakePython(folder, 'python', { about: '3 13 True' });
  fakePython(folder, 'python3', { about: '3 11 True' });
  expect(await findPython()).toEqual({ command: 'python3', version: '3.11' });
});

test('finds a newer one beside an old python3', async () => {
  fakePython(folder, 'python3', { about: '3 9 True' });
  fakePython(folder, 'python3.12', { about: '3 12 True' });
  expect(await findPython()).toEqual({ command: 'python3.12', version: '3.12' });
});

test.each([
  ['PYTHON_MISSING', 'no python3', undefined],
  ['PYTHON_TOO_OLD', '3.9', '3 9 True'],
  ['PYTHON_WITHOUT_VENV', 'venv', '3 11 False'],
])('%s says what is wrong and what to do', async (code, message, about) => {
  if (about) {
    fakePython(folder, 'python3', { about });
  }
  await expect(findPython()).rejects.toMatchObject({
    name: 'LocalAwsError', code, message: expect.stringContaining(message), hint: expect.stringMatching(/[Ii]nstall/),
  });
});
