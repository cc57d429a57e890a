export { collectorService, createCollector, type Collector } from './collector-service.js';
export { readConfig, type CollectorConfig } from './config.js';
