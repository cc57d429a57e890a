import { Controller, Get, Query } from '@nestjs/common';
import { METERS } from '@offerstream/billing';
import { Operation, TheCall, type Call } from '@offerstream/http-api';
import { Metering } from '../admission/metering.js';
import { GatewayTables } from '../gateway-tables.js';
import { REFUSALS, tenantOf } from '../the-tenant.js';
import { ItemSearch } from './item-search.js';
import {
  searchQuery,
  searchResponse,
  suggestQuery,
  suggestResponse,
  type SearchQuery,
  type SuggestQuery,
} from './search-schemas.js';

const OF_SEARCH = {
  tag: 'search',
  scope: 'search:read',
  rateLimited: true,
  problems: { 429: [...REFUSALS[429], 'search-busy'], 503: [...REFUSALS[503], 'search-failed'] },
} as const;

@Controller('v1/search')
export class SearchController {
  constructor(
    private readonly tables: GatewayTables,
    private readonly metering: Metering,
    private readonly search: ItemSearch,
  ) {}

  @Get('suggest')
  @Operation({
    ...OF_SEARCH,
    id: 'suggest',
    summary: 'Completes what a shopper types.',
    description:
      'From the titles of what is available and from what other shoppers search for, as far as that is made of the shop’s own words. Nothing for a text without words.',
    response: suggestResponse,
  })
  suggest(@Query({ schema: suggestQuery }) query: SuggestQuery, @TheCall() call: Call) {
    const tenant = tenantOf(call, this.tables);
    return this.metering.charge(tenant, [METERS.searches], () => this.search.suggest(tenant, query));
  }

  @Get()
  @Operation({
    ...OF_SEARCH,
    id: 'search',
    summary: 'Finds items by words and by meaning.',
    description:
      'Items whose titles or categories have a word of the query, and those whose titles mean something like it where a sentence encoder serves; among what fits about alike, the shopper’s taste decides.',
    response: searchResponse,
  })
  find(@Query({ schema: searchQuery }) query: SearchQuery, @TheCall() call: Call) {
    const tenant = tenantOf(call, this.tables);
    return this.metering.charge(tenant, [METERS.searches], () => this.search.find(tenant, query));
  }
}
