/** The tests of every project but e2e, which runs one file at a time after them. */
export default {
  projects: ['<rootDir>/libs/*', '<rootDir>/services/*', '<rootDir>/infra', '<rootDir>/tools', '<rootDir>/bench'],
};
