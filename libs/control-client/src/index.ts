export { readAdminToken } from './admin-token.js';
export { OUTCOME_KEYS } from './answers.js';
export type {
  AuditRecord,
  MadeKey,
  OutcomeKey,
  OutcomesReport,
  Session,
  ShownKey,
  ShownTenant,
  ShownUser,
  SignedUp,
} from './answers.js';
export {
  ControlClient,
  type ItemErrors,
  type KeyRequest,
  type OutcomesQuery,
  type Promotion,
  type PutItemsResult,
  type TenantSettings,
} from './control-client.js';
export { ControlError } from './control-error.js';
export type { ControlClientOptions } from './control-requests.js';
