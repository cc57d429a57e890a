export * from './elementwise.js';
export * from './layout.js';
export * from './linear-algebra.js';
export * from './lookup.js';
