export * from './api-key.js';
export * from './key-table.js';
export * from './scopes.js';
export * from './tenant-table.js';
