export { readAdminToken } from './admin-token.js';
export { OUTCOME_KEYS, USAGE_STEPS } from './answers.js';
export type {
  AuditRecord,
  IssuedInvoices,
  MadeKey,
  OutcomeKey,
  OutcomesReport,
  Session,
  ShownInvoice,
  ShownKey,
  ShownPicture,
  ShownPlan,
  ShownTenant,
  ShownUser,
  SignedUp,
  TenantPlan,
  UsageReport,
  UsageStep,
} from './answers.js';
export {
  ControlClient,
  type ItemErrors,
  type KeyRequest,
  type OutcomesQuery,
  type Promotion,
  type PutItemsResult,
  type TenantSettings,
  type UsageQuery,
} from './control-client.js';
export { ControlError } from './control-error.js';
export type { ControlClientOptions } from './control-requests.js';
