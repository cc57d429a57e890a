import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { ItemsController } from './lists/items.controller.js';
import { SubjectsController } from './lists/subjects.controller.js';
import { TrendingController } from './lists/trending.controller.js';
import { OffersController } from './offers/offers.controller.js';
import { OutcomesController } from './outcomes/outcomes.controller.js';
import { RecommendationsController } from './recommendations/recommendations.controller.js';

@Module({})
export class GatewayModule {
  /** @param parts one of each class that a controller asks for */
  static with(parts: readonly object[]): DynamicModule {
    return {
      module: GatewayModule,
      controllers: [
        OffersController,
        RecommendationsController,
        ItemsController,
        TrendingController,
        SubjectsController,
        OutcomesController,
      ],
      providers: parts.map((part): Provider => ({ provide: part.constructor, useValue: part })),
    };
  }
}
