const layer = (displayName, testMatch, setupFiles = ['<rootDir>/test/setup/unit.ts']) => ({
  displayName,
  testMatch,
  setupFiles,
  setupFilesAfterEnv: ['aws-cdk-lib/testhelpers/jest-autoclean'],
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript', decorators: true } } }] },
  // The apps in examples/ name the package, as whoever installed it does.
  moduleNameMapper: {
    '^cdk-system-blueprints$': '<rootDir>/lib/index.ts',
    '^cdk-system-blueprints/(blueprints|runtime|runtime/.+)$': '<rootDir>/$1/index.ts',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/cdk.out/'],
});

module.exports = {
  maxWorkers: 2,
  testSequencer: '<rootDir>/scripts/scenario-last.cjs',
  reporters: ['default', '<rootDir>/scripts/closing-line-reporter.cjs'],
  projects: [
    // The built-in template validation costs seconds a process; the validation layer runs it once for all templates.
    layer('unit', ['<rootDir>/test/{lib,blueprints,runtime,cli,bin}/**/*.test.ts', '<rootDir>/test/local/*.test.ts']),
    layer('policy', ['<rootDir>/test/policy/*.test.ts']),
    layer('property', ['<rootDir>/test/property/*.test.ts']),
    layer('validation', ['<rootDir>/test/validation/*.test.ts'], []),
    layer('docs', ['<rootDir>/test/docs/*.test.ts']),
    layer('integ', ['<rootDir>/test/integ/*.test.ts']),
    layer('consumer', ['<rootDir>/test/consumer/*.test.ts']),
    // These start real servers: a local AWS, Valkey, processes that contend.
    layer('contention', ['<rootDir>/test/contention/*.test.ts']),
    layer('emulator', ['<rootDir>/test/local/emulator/*.test.ts']),
    layer('scenario', ['<rootDir>/test/scenario/*.test.ts']),
  ],
};
