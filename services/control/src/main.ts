import { runService } from '@offerstream/service-kit';
import { control } from './control.module.js';
await runService(control);
