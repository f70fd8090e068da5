import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a pretended Python says about itself and does when it is asked to install or to start something. */
export interface FakePython {
  /** What the probe prints, such as `3 11 True`. */
  readonly about?: string;
  /** Shell commands run for `-m pip`. */
  readonly pip?: string;
  /** Shell commands run for a script, such as the emulator's. */
  readonly script?: string;
}

/** A shell script that passes for a Python. */
export function fakePython(folder: string, name: string, fake: FakePython): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh
case "$2 $3" in
  "-c "*) echo "${fake.about ?? '3 11 True'}" ;;
  "-m venv") /bin/mkdir -p "$4/bin" && /bin/cp "$0" "$4/bin/python" ;;
  "-m pip") ${fake.pip ?? 'true'} ;;
  *) ${fake.script ?? 'true'} ;;
esac
`);
  chmodSync(path, 0o755);
  return path;
}
