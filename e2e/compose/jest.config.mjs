import preset from '../../jest.preset.mjs';

/** Containers that stop and start one after the other take a busy machine minutes. */
export default { ...preset, testMatch: ['<rootDir>/*.spec.ts'], testTimeout: 900_000 };
