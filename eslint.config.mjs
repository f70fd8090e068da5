import eslint from '@eslint/js';
import stylistic from '@stylistic/eslint-plugin';
import awscdk from 'eslint-plugin-awscdk';
import tseslint from 'typescript-eslint';

/** Imports run one way: bin -> cli -> {blueprints, local}, blueprints -> lib, handlers -> runtime, lib -> lib/core. */
const mayNotImport = (files, rules, ignores = []) => ({
  files,
  ignores,
  rules: { 'no-restricted-imports': ['error', { patterns: rules.map(([regex, message]) => ({ regex, message })) }] },
});
const folder = (...names) => `^(\\.{1,2}/)+(${names.join('|')})(/|$)`;
const inLibOnlyPaths = ['^(\\.{1,2}/)+lib/(?!core/(package-root|cache-folder)$)', 'of lib, only where the package and its cache are'];
const inLibOnlyForPictures = ['^(\\.{1,2}/)+lib/(?!core/(package-root|cache-folder|profile|wires|traffic-estimate)$)', 'of lib, only its entry and what blueprints are looked at with'];
const cdk = ['^(aws-cdk-lib|constructs)(/|$)', 'code that runs in a handler never imports the CDK'];

export default tseslint.config(
  { ignores: ['dist/', 'examples/*/dist/', 'cdk.out/', 'node_modules/', 'coverage/'] },
  eslint.configs.recommended,
  tseslint.configs.recommended,
  {
    plugins: { '@stylistic': stylistic },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@stylistic/max-len': ['error', { code: 130, ignoreUrls: true, ignoreTemplateLiterals: true, ignoreStrings: true }],
      '@stylistic/indent': ['error', 2, { SwitchCase: 1 }],
      '@stylistic/quotes': ['error', 'single', { avoidEscape: true }],
      '@stylistic/semi': ['error', 'always'],
      '@stylistic/comma-dangle': ['error', 'always-multiline'],
      'no-console': 'error',
    },
  },
  { files: ['**/*.{js,cjs,mjs}'], languageOptions: { globals: { process: 'readonly', console: 'readonly', module: 'writable', require: 'readonly' } }, rules: { 'no-console': 'off' } },
  { files: ['bench/**/*.ts'], rules: { 'no-console': 'off' } },
  {
    files: ['lib/**/*.ts', 'blueprints/*/index.ts'],
    ...awscdk.configs.recommended,
    languageOptions: { parserOptions: { projectService: true } },
    // Props that are all optional default to {}, as in the CDK itself; the rule does not know default values.
    rules: { ...awscdk.configs.recommended.rules, 'awscdk/construct-constructor-property': 'off' },
  },
  mayNotImport(['lib/**/*.ts'], [
    [folder('blueprints', 'runtime', 'cli', 'local', 'bin', 'test'), 'lib is the ground: it imports lib only'],
    ['^\\.\\./(?!core/)[^/.]+/(?!index$)', 'a concept is imported by its index'],
    ['^cdk-nag', 'constructs carry their acknowledgements without cdk-nag'],
  ]),
  mayNotImport(['lib/core/**/*.ts'], [['^\\.\\./', 'core imports no concept']]),
  mayNotImport(['runtime/**/*.ts'], [[folder('lib', 'blueprints', 'cli', 'local', 'bin', 'test'), 'runtime imports runtime only'], cdk]),
  mayNotImport(['blueprints/*/handlers/**/*.ts', 'blueprints/*/domain/**/*.ts'], [[folder('lib', 'cli', 'local', 'bin', 'test'), 'a handler imports runtime only'], cdk]),
  mayNotImport(['blueprints/**/*.ts'], [[folder('cli', 'local', 'bin', 'test'), 'blueprints import lib only']], ['blueprints/*/handlers/**', 'blueprints/*/domain/**']),
  mayNotImport(['local/**/*.ts'], [
    [folder('blueprints', 'runtime', 'cli', 'bin', 'test'), 'local knows AWS, not the library'],
    inLibOnlyPaths,
  ]),
  mayNotImport(['cli/**/*.ts'], [[folder('bin', 'runtime', 'test'), 'cli imports blueprints and local'], inLibOnlyForPictures]),
);
