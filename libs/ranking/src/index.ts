export * from './follow-tables.js';
export { historiesOf } from './histories-of.js';
export * from './ranker.js';
