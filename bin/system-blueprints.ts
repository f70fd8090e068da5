#!/usr/bin/env node
// What this machine's Node will be offered next year is no news for somebody who tries a blueprint.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

import { main } from '../cli/main';

void main(process.argv.slice(2)).then((exitCode) => process.exit(exitCode));
