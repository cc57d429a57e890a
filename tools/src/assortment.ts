import { runService } from '@offerstream/service-kit';
import { assortmentService } from './assortment/assortment-service.js';
await runService(assortmentService);
