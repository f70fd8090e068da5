import { LocalAwsError } from './local-aws-error';
import { run } from './run';

/** A Python that can run the emulator. */
export interface Python {
  readonly command: string;
  /** Major and minor, such as `3.11`: packages built for one minor do not fit another. */
  readonly version: string;
}

// The plain names first: they are what the user chose. The others find a newer one beside an old system Python.
const CANDIDATES = ['python3', 'python', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
const OLDEST = [3, 10] as const;
const PROBE = [
  'import importlib.util, sys',
  'has_venv = all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))',
  'print(*sys.version_info[:2], has_venv)',
].join('\n');

interface Found {
  readonly command: string;
  readonly major: number;
  readonly minor: number;
  readonly hasVenv: boolean;
}

async function probe(command: string, signal?: AbortSignal): Promise<Found | undefined> {
  const { code, output } = await run(command, ['-I', '-c', PROBE], { signal });
  const match = /^(\d+) (\d+) (True|False)$/m.exec(output);
  return code === 0 && match ? { command, major: Number(match[1]), minor: Number(match[2]), hasVenv: match[3] === 'True' } : undefined;
}

/**
 * Finds a Python 3.10 or newer that can make virtual environments.
 * @throws LocalAwsError PYTHON_MISSING, PYTHON_TOO_OLD or PYTHON_WITHOUT_VENV
 */
export async function findPython(signal?: AbortSignal): Promise<Python> {
  const unfit: Found[] = [];
  for (const command of CANDIDATES) {
    const found = await probe(command, signal);
    const recent = found && (found.major > OLDEST[0] || (found.major === OLDEST[0] && found.minor >= OLDEST[1]));
    if (recent && found.hasVenv) {
      return { command, version: `${found.major}.${found.minor}` };
    }
    if (found) {
      unfit.push(found);
    }
  }
  throw whyNone(unfit);
}

function whyNone(unfit: readonly Found[]): LocalAwsError {
  const withoutVenv = unfit.find((python) => !python.hasVenv && python.minor >= OLDEST[1]);
  if (withoutVenv) {
    const { command, major, minor } = withoutVenv;
    return new LocalAwsError('PYTHON_WITHOUT_VENV',
      `${command} (Python ${major}.${minor}) cannot make virtual environments: its venv or ensurepip module is missing.`,
      'On Debian and Ubuntu: apt install python3-venv');
  }
  const [old] = unfit;
  if (old) {
    return new LocalAwsError('PYTHON_TOO_OLD',
      `${old.command} is Python ${old.major}.${old.minor}; the local AWS needs ${OLDEST.join('.')} or newer.`,
      'Install a newer Python; it may stand beside the old one, as python3.12 or the like.');
  }
  return new LocalAwsError('PYTHON_MISSING', `The local AWS needs Python ${OLDEST.join('.')} or newer, and there is no python3 on the PATH.`,
    'Install Python (on Debian and Ubuntu: apt install python3 python3-venv), or set AWS_ENDPOINT_URL to an emulator that runs already.');
}
