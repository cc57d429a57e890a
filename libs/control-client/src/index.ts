export { readAdminToken } from './admin-token.js';
export {
  ControlClient,
  type AddedWriteKey,
  type ControlClientOptions,
  type ItemErrors,
  type Promotion,
  type PutItemsResult,
  type TenantSettings,
} from './control-client.js';
export { ControlError } from './control-error.js';
