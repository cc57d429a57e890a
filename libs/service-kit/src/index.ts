export * from './admin-server.js';
export * from './config.js';
export * from './fault-points.js';
export * from './health.js';
export * from './service.js';
export * from './kafka.js';
export * from './table-follower.js';
export * from './usage-on-topic.js';
