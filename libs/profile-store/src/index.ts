export * from './lmdb-profile-store.js';
export * from './memory-profile-store.js';
export * from './profile-store.js';
