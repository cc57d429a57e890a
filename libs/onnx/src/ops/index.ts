export * from './elementwise.js';
export * from './images.js';
export * from './layout.js';
export * from './linear-algebra.js';
export * from './lookup.js';
export * from './normalization.js';
export * from './scan.js';
