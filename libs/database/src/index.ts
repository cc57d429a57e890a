export type { Audit, AuditPage, StoredAuditRecord } from './audit.js';
export {
  IDEMPOTENCY_SECONDS,
  IdempotencyKeyReused,
  type AuditEntry,
  type Change,
  type ChangeCause,
  type MadeChange,
} from './change.js';
export { Database, type DatabaseOptions } from './database.js';
export { DatabaseTooSlow, DatabaseUnavailable } from './errors.js';
export { LATE_MONTHS, type Draft, type Invoice, type Invoices } from './invoices.js';
export { MAX_ITEMS, type ItemPage, type ItemPut, type Items, type StoredItem } from './items.js';
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
export {
  MAX_KEYS,
  MAX_KEYS_OF_PURPOSE,
  type KeyRefusal,
  type Keys,
  type KeyUse,
  type NewKey,
  type Rotation,
  type StoredKey,
} from './keys.js';
export type { OutboxRecord, OutboxSession } from './outbox-session.js';
export type { Outbox, OutboxDepth, OutboxTopic } from './outbox.js';
export {
  FETCH_STATUSES,
  HOST_NOT_ALLOWED,
  type ClaimedFetch,
  type FetchFailure,
  type FetchPage,
  type FetchStatus,
  type PictureFetches,
  type ShownFetch,
} from './picture-fetches.js';
export { MAX_PICTURES, type PictureInfo, type PicturePage, type Pictures, type StoredPicture } from './pictures.js';
export type { AssignmentRefusal, PlanPut, Plans } from './plans.js';
export { MAX_MODELS, type PromotedModels } from './promoted-models.js';
export type { QuotaLeases } from './quota-leases.js';
export { MAX_USERS, type NewUser, type StoredUser, type UserRefusal, type Users } from './users.js';
export type { Positions, TopicPositions } from './positions.js';
export type { NewSession, Sessions } from './sessions.js';
export type { StoredTenant, TenantSettings } from './tenant-record.js';
export type { StoredPlan, TenantPlan } from './tenant-plan.js';
export type { TenantPut, Tenants } from './tenants.js';
export { USAGE_STEPS, type Usage, type UsageQuery, type UsageStep, type UsageTotal } from './usage.js';
