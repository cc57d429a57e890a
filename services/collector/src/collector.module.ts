import { Module, type DynamicModule } from '@nestjs/common';
import { CollectController } from './collect.controller.js';
import { Collect } from './collect.js';
import { CollectorMetrics } from './collector-metrics.js';

@Module({})
export class CollectorModule {
  static with(collect: Collect, metrics: CollectorMetrics): DynamicModule {
    return {
      module: CollectorModule,
      controllers: [CollectController],
      providers: [
        { provide: Collect, useValue: collect },
        { provide: CollectorMetrics, useValue: metrics },
      ],
    };
  }
}
