import { randomBytes } from 'node:crypto';

/** What no other test's keys begin with, on the Valkey that all tests share. */
export const uniquePrefix = (): string => `test-${randomBytes(6).toString('hex')}:`;
