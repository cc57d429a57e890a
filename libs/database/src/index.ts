export { Database, type DatabaseOptions } from './database.js';
export { DatabaseUnavailable } from './errors.js';
export type { ItemPage, Items, StoredItem } from './items.js';
export {
  MOST_TOUCHES_A_MINUTE,
  REPORT_KEYS,
  type OutcomeFigures,
  type OutcomeGroup,
  type OutcomeReport,
  type ReportKey,
  type ReportQuery,
} from './outcome-report.js';
export type { NamedOffer, Outcomes, Purchase, PurchasedItem, TakenCounts, Touch, TouchType } from './outcomes.js';
export type { OutboxRecord, OutboxSession } from './outbox-session.js';
export type { Outbox, OutboxDepth, OutboxTopic } from './outbox.js';
export type { PromotedModels } from './promoted-models.js';
export {
  MAX_WRITE_KEYS,
  type StoredTenant,
  type StoredWriteKey,
  type TenantChange,
  type Tenants,
  type WriteKeyAddition,
} from './tenants.js';
