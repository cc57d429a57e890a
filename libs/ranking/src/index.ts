export * from './follow-tables.js';
export * from './ranker.js';
