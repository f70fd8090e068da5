// What every bundle of this package has in common, for esbuild.
const COMMON = { bundle: true, platform: 'node', target: 'node20', legalComments: 'none', logLevel: 'warning' };

/** Code of ours, made small, whose stack traces still name functions. */
export const BUNDLED = { ...COMMON, format: 'cjs', minify: true, keepNames: true };

/** The same as modules, for the bundlers of others. With white space go comments, which name the folders of this machine. */
export const MODULES = { ...COMMON, format: 'esm', minifyWhitespace: true };

/** What the Lambda runtime carries. */
export const CARRIED_BY_LAMBDA = ['@aws-sdk/*', '@smithy/*'];
