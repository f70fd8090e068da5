#!/usr/bin/env node
// What this machine's Node will be offered next year is no news for somebody who tries a blueprint.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

import { main } from '../cli/main';

// What was written must have arrived before the process ends, and what could not arrive is no success: as shells have it, 141
// when nobody reads any more.
void main(process.argv.slice(2)).then((exitCode) => {
  const { stdout } = process;
  const unwritten = () => (stdout.errored as NodeJS.ErrnoException | null)?.code === 'EPIPE' ? 141 : 1;
  stdout.on('error', () => undefined).write('', (error) => process.exit(error ? exitCode || unwritten() : exitCode));
});
