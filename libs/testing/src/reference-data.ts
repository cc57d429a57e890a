import { REFERENCE_DATA_VARIABLE } from './parts.js';

/** The folder of recorded real data, when whoever runs the tests has given one. */
export const referenceData = (): string | undefined => process.env[REFERENCE_DATA_VARIABLE] || undefined;
