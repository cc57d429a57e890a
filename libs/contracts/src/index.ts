export * from './actions.js';
export * from './cloud-events.js';
export * from './failed-headers.js';
export * from './ids.js';
export * from './item-hash.js';
export * from './records.js';
export * from './retrieval-model.js';
export * from './topics.js';
