import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { METERS } from '@offerstream/billing';
import { Operation, TheCall, type Call } from '@offerstream/http-api';
import { Metering } from '../admission/metering.js';
import { GatewayTables } from '../gateway-tables.js';
import { MAX_BODY_BYTES, REFUSALS_OF_IMAGES } from '../images/image-problems.js';
import { PHOTO_EXAMPLE } from '../images/image-schemas.js';
import { REFUSALS, tenantOf } from '../the-tenant.js';
import { ItemSearch } from './item-search.js';
import {
  searchBody,
  searchQuery,
  searchResponse,
  suggestQuery,
  suggestResponse,
  type SearchBody,
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

  @Post()
  @Operation({
    ...OF_SEARCH,
    id: 'searchByPhoto',
    summary: 'Finds items by words, by a photo, or by both.',
    description:
      'As the search by words alone; what looks like the photo counts as much as what means something like the words. Where it can be compared with nothing, `imageProblem` says why the words alone were looked for. The photo is neither kept nor logged.',
    maxBodyBytes: MAX_BODY_BYTES,
    response: searchResponse,
    problems: {
      ...REFUSALS_OF_IMAGES,
      409: ['vectors-missing'],
      429: [...REFUSALS_OF_IMAGES[429], ...OF_SEARCH.problems[429]],
      503: [...REFUSALS_OF_IMAGES[503], ...OF_SEARCH.problems[503]],
    },
    requestExample: { q: 'for winter', image: PHOTO_EXAMPLE, limit: 2 },
  })
  findByPhoto(@Body({ schema: searchBody }) { q = '', image, ...body }: SearchBody, @TheCall() call: Call) {
    const tenant = tenantOf(call, this.tables);
    const photo = image === undefined ? undefined : { bytes: image, signal: call.signal };
    const meters = photo === undefined ? [METERS.searches] : [METERS.searches, METERS.images];
    return this.metering.charge(tenant, meters, () => this.search.find(tenant, { q, ...body }, photo), {
      worth: ({ imageProblem }) => (imageProblem === null ? meters : [METERS.searches]),
    });
  }
}
