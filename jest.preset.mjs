import { fileURLToPath } from 'node:url';

const here = (file) => fileURLToPath(new URL(file, import.meta.url));

/** One Jest preset for every project: ESM, workspace libraries from their sources, swc instead of type checking. */
export default {
  testEnvironment: here('./jest.environment.mjs'),
  globalSetup: here('./jest.global-setup.mjs'),
  globalTeardown: here('./jest.global-teardown.mjs'),
  testEnvironmentOptions: { customExportConditions: ['@offerstream/source', 'node', 'node-addons'] },
  testMatch: ['<rootDir>/src/**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  // Real parts on a busy machine take long; this ends only what hangs.
  testTimeout: 600_000,
};
