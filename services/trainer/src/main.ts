import { runService } from '@offerstream/service-kit';
import { trainerService } from './trainer-service.js';
await runService(trainerService);
