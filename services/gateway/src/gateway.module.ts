import { Module, type DynamicModule } from '@nestjs/common';
import { Metering } from './admission/metering.js';
import { GatewayTables } from './gateway-tables.js';
import { ImageModels } from './images/image-models.js';
import type { ImageParts } from './images/image-parts.js';
import { ImagePool } from './images/image-pool.js';
import { ImagesController } from './images/images.controller.js';
import { ItemPictures } from './images/item-pictures.js';
import { Completions } from './language/completions.js';
import { Embedder } from './language/embedder.js';
import { LanguageController } from './language/language.controller.js';
import { LanguageModels } from './language/language-models.js';
import type { LanguageParts } from './language/language-parts.js';
import { LanguagePool } from './language/language-pool.js';
import { OpenAiController } from './language/openai.controller.js';
import { TokenCharges } from './language/token-charges.js';
import { ItemLists } from './lists/item-lists.js';
import { ItemsController } from './lists/items.controller.js';
import { SubjectsController } from './lists/subjects.controller.js';
import { TrendingController } from './lists/trending.controller.js';
import { NewestOffers } from './offers/newest-offers.js';
import { OfferCopy } from './offers/offer-copy.js';
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
  readonly metering: Pick<Metering, 'charge' | 'reserve'>;
  readonly offers: NewestOffers;
  readonly offerCopy: OfferCopy;
  readonly recommendFor: RecommendFor;
  readonly lists: ItemLists;
  readonly outcomes: TakeOutcomes;
  readonly search: ItemSearch;
  readonly language: LanguageParts;
  readonly images: ImageParts;
}

@Module({})
export class GatewayModule {
  static with({
    tables,
    shoppers,
    metering,
    offers,
    offerCopy,
    recommendFor,
    lists,
    outcomes,
    search,
    language,
    images,
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
        OpenAiController,
        LanguageController,
        ImagesController,
      ],
      providers: [
        { provide: GatewayTables, useValue: tables },
        { provide: Shoppers, useValue: shoppers },
        { provide: Metering, useValue: metering },
        { provide: NewestOffers, useValue: offers },
        { provide: OfferCopy, useValue: offerCopy },
        { provide: RecommendFor, useValue: recommendFor },
        { provide: ItemLists, useValue: lists },
        { provide: TakeOutcomes, useValue: outcomes },
        { provide: ItemSearch, useValue: search },
        { provide: LanguageModels, useValue: language.models },
        { provide: LanguagePool, useValue: language.pool },
        { provide: Embedder, useValue: language.embedder },
        { provide: Completions, useValue: language.completions },
        { provide: TokenCharges, useValue: language.charges },
        { provide: ImageModels, useValue: images.models },
        { provide: ImagePool, useValue: images.pool },
        { provide: ItemPictures, useValue: images.pictures },
      ],
    };
  }
}
