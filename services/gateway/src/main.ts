import { runService } from '@offerstream/service-kit';
import { gateway } from './gateway-service.js';
await runService(gateway);
