import preset from './jest.preset.mjs';

/** The tests of every project but e2e, which runs after them: its lines of processes need what others would take from them. */
export default {
  // Jest takes this from no project when it runs several.
  testTimeout: preset.testTimeout,
  // Modules of specs that have ended stay in a worker: it is replaced before it holds more.
  workerIdleMemoryLimit: '1GB',
  projects: ['<rootDir>/libs/*', '<rootDir>/services/*', '<rootDir>/infra', '<rootDir>/tools', '<rootDir>/bench'],
};
