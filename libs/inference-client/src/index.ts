export type { AskedHistories, ItemRows } from './asked-histories.js';
export { InferenceError, type InferenceErrorCode } from './errors.js';
export * from './explanation-client.js';
export { finiteRows, type ExpectedRows } from './finite-rows.js';
export * from './inference-client.js';
export * from './retrieval-client.js';
