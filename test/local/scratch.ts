import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';

/** An empty folder of this test's own. */
export function scratchFolder(): string {
  return mkdtempSync(join(os.tmpdir(), 'test-local-'));
}

/** Gives each test of the file a temporary folder of its own, where whatever is left behind can be seen. */
export function ownTemporaryFolder(): () => string {
  let folder: string;
  beforeEach(() => {
    folder = scratchFolder();
    jest.spyOn(os, 'tmpdir').mockReturnValue(folder);
  });
  afterEach(() => {
    jest.restoreAllMocks();
    rmSync(folder, { recursive: true, force: true });
  });
  return () => folder;
}
