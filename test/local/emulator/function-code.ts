import { buildSync } from 'esbuild';
import { join } from 'node:path';

import type { Template } from './cloudformation';

const ROOT = join(__dirname, '../../..');

/**
 * A synthesised template whose functions run code that is bundled here. The CDK limits inline code to 4 KiB, though the emulator
 * does not: the bundle is put in after synthesis.
 *
 * @param codeOf the code of a function by its logical id, as if it stood in the root of the repository
 */
export function withCode(template: object, codeOf: (id: string) => string): Template {
  const { Resources } = template as { Resources: Record<string, { Type: string; Properties: Record<string, unknown> }> };
  for (const [id, { Type, Properties }] of Object.entries(Resources)) {
    if (Type === 'AWS::Lambda::Function') {
      const { outputFiles: [bundle] } = buildSync({
        stdin: { contents: codeOf(id), resolveDir: ROOT },
        bundle: true, minify: true, platform: 'node', external: ['@aws-sdk/*'], legalComments: 'none', write: false,
      });
      Properties.Code = { ZipFile: bundle!.text };
    }
  }
  return template as Template;
}
