export * from './errors.js';
export * from './lmdb-profile-reader.js';
export * from './lmdb-profile-store.js';
export * from './memory-profile-store.js';
export * from './open-profile-store.js';
export * from './profile-store.js';
export { readValkeyUrl, type ValkeyAddress } from './valkey-address.js';
export * from './valkey-profile-reader.js';
export * from './valkey-profile-store.js';
