export { readConfig, type InferenceConfig } from './config.js';
export { createInference, inferenceService } from './inference-service.js';
