import { runService } from '@offerstream/service-kit';
import { shoppersService } from './shoppers/shoppers-service.js';
await runService(shoppersService);
