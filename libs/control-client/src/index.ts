export { readAdminToken } from './admin-token.js';
export type { AuditRecord, MadeKey, Session, ShownKey, ShownTenant, ShownUser, SignedUp } from './answers.js';
export {
  ControlClient,
  type ItemErrors,
  type KeyRequest,
  type Promotion,
  type PutItemsResult,
  type TenantSettings,
} from './control-client.js';
export { ControlError } from './control-error.js';
export type { ControlClientOptions } from './control-requests.js';
