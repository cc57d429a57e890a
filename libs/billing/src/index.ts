export * from './calendar-month.js';
export * from './grant-lease.js';
export * from './invoice.js';
export * from './lease-size.js';
export * from './meters.js';
export * from './plan.js';
export * from './price.js';
export {
  ALIVE_MS,
  ASK_AGAIN_MS,
  QuotaLeases,
  type LeaseGrant,
  type LeaseRequest,
  type LeaseReturn,
  type QuotaLeasesOptions,
  type QuotaLessor,
  type Taken,
} from './quota-leases.js';
export * from './usage-counts.js';
export * from './usage-meter.js';
