export * from './choose-items.js';
