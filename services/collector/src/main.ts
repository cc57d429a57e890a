import { runService } from '@offerstream/service-kit';
import { collectorService } from './collector-service.js';
await runService(collectorService);
