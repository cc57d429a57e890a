export {
  createOfferstreamClient,
  type OfferstreamClient,
  type OfferstreamClientOptions,
} from './offerstream-client.js';
export { OfferstreamError, type ProblemDetails } from './offerstream-error.js';
export type { components, operations, paths } from './generated/gateway.js';
