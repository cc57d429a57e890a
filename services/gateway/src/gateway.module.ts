import { Module, type DynamicModule } from '@nestjs/common';
import { Metering } from './admission/metering.js';
import { GatewayTables } from './gateway-tables.js';
import { ItemLists } from './lists/item-lists.js';
import { ItemsController } from './lists/items.controller.js';
import { SubjectsController } from './lists/subjects.controller.js';
import { TrendingController } from './lists/trending.controller.js';
import { NewestOffers } from './offers/newest-offers.js';
import { OffersController } from './offers/offers.controller.js';
import { OutcomesController } from './outcomes/outcomes.controller.js';
import { TakeOutcomes } from './outcomes/take-outcomes.js';
import { RankController } from './recommendations/rank.controller.js';
import { RecommendFor } from './recommendations/recommend-for.js';
import { RecommendationsController } from './recommendations/recommendations.controller.js';
import { ItemSearch } from './search/item-search.js';
import { SearchController } from './search/search.controller.js';
import { Shoppers } from './shoppers.js';

export interface GatewayParts {
  readonly tables: GatewayTables;
  readonly shoppers: Shoppers;
  readonly metering: Pick<Metering, 'charge'>;
  readonly offers: NewestOffers;
  readonly recommendFor: RecommendFor;
  readonly lists: ItemLists;
  readonly outcomes: TakeOutcomes;
  readonly search: ItemSearch;
}

@Module({})
export class GatewayModule {
  static with({
    tables,
    shoppers,
    metering,
    offers,
    recommendFor,
    lists,
    outcomes,
    search,
  }: GatewayParts): DynamicModule {
    return {
      module: GatewayModule,
      controllers: [
        OffersController,
        RecommendationsController,
        RankController,
        ItemsController,
        TrendingController,
        SubjectsController,
        OutcomesController,
        SearchController,
      ],
      providers: [
        { provide: GatewayTables, useValue: tables },
        { provide: Shoppers, useValue: shoppers },
        { provide: Metering, useValue: metering },
        { provide: NewestOffers, useValue: offers },
        { provide: RecommendFor, useValue: recommendFor },
        { provide: ItemLists, useValue: lists },
        { provide: TakeOutcomes, useValue: outcomes },
        { provide: ItemSearch, useValue: search },
      ],
    };
  }
}
