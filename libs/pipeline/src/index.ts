export * from './batch.js';
export * from './few-at-once.js';
export { kept } from './kept.js';
export * from './pipeline.js';
export * from './result.js';
