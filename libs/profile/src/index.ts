export * from './fold.js';
export * from './profile.js';
