export * from './batch.js';
export * from './pipeline.js';
export * from './result.js';
