import { Controller, UseFilters } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { OriginalErrors, type GatheredBatch } from '@offerstream/kafka';
import { Personalizer } from './personalizer.js';

/** The only entry: batches of the topic `clickstream`. */
@Controller()
@UseFilters(OriginalErrors)
export class ClickstreamController {
  constructor(private readonly personalizer: Personalizer) {}

  @EventPattern('clickstream')
  handle(@Payload() batch: GatheredBatch): Promise<void> {
    return this.personalizer.handle(batch);
  }
}
