import { Module, type DynamicModule } from '@nestjs/common';
import { Metering } from './admission/metering.js';
import { GatewayTables } from './gateway-tables.js';
import { NewestOffers } from './offers/newest-offers.js';
import { OffersController } from './offers/offers.controller.js';
import { OutcomesController } from './outcomes/outcomes.controller.js';
import { TakeOutcomes } from './outcomes/take-outcomes.js';
import { RecommendFor } from './recommendations/recommend-for.js';
import { RecommendationsController } from './recommendations/recommendations.controller.js';

export interface GatewayParts {
  readonly tables: GatewayTables;
  readonly metering: Metering;
  readonly offers: NewestOffers;
  readonly outcomes: TakeOutcomes;
  readonly recommendFor: RecommendFor;
}

@Module({})
export class GatewayModule {
  static with({ tables, metering, offers, outcomes, recommendFor }: GatewayParts): DynamicModule {
    return {
      module: GatewayModule,
      controllers: [OffersController, OutcomesController, RecommendationsController],
      providers: [
        { provide: GatewayTables, useValue: tables },
        { provide: Metering, useValue: metering },
        { provide: NewestOffers, useValue: offers },
        { provide: TakeOutcomes, useValue: outcomes },
        { provide: RecommendFor, useValue: recommendFor },
      ],
    };
  }
}
