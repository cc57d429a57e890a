import { runService } from '@offerstream/service-kit';
import { inferenceService } from './inference-service.js';
await runService(inferenceService);
