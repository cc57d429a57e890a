import { runService } from '@offerstream/service-kit';
import { personalizerService } from './personalizer-service.js';
await runService(personalizerService);
