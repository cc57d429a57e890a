export { InferenceError, type InferenceErrorCode } from './errors.js';
export * from './inference-client.js';
export * from './retrieval-client.js';
