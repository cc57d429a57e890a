export * from './broker-proxy.js';
export * from './open-api-faults.js';
export type { OwnKafka, OwnValkey } from './parts.js';
export * from './real-parts.js';
export * from './reference-data.js';
export * from './skipping.js';
export * from './temp-folder.js';
export * from './topic-naming.js';
export * from './unique-prefix.js';
