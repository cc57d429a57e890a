export type { Admission } from './admission/admission.js';
export { readConfig, type GatewayConfig } from './config.js';
export { createGateway, type Gateway } from './gateway-service.js';
