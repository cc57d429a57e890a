import { Controller, Get, Query } from '@nestjs/common';
import { METERS } from '@offerstream/billing';
import { Operation, TheCall, type Call } from '@offerstream/http-api';
import { Metering } from '../admission/metering.js';
import { GatewayTables } from '../gateway-tables.js';
import { REFUSALS, tenantOf } from '../the-tenant.js';
import { ItemLists } from './item-lists.js';
import { itemList, trendingQuery, type TrendingQuery } from './list-schemas.js';

@Controller('v1/trending')
export class TrendingController {
  constructor(
    private readonly tables: GatewayTables,
    private readonly metering: Metering,
    private readonly lists: ItemLists,
  ) {}

  @Get()
  @Operation({
    id: 'listTrending',
    tag: 'recommendations',
    summary: 'Items that shoppers act on now.',
    description: 'Views, carts and purchases of the last hours, the newer the more. Filled up with popular items.',
    scope: 'recommendations:read',
    rateLimited: true,
    response: itemList,
    problems: REFUSALS,
  })
  trending(@Query({ schema: trendingQuery }) { category, limit }: TrendingQuery, @TheCall() call: Call) {
    const tenant = tenantOf(call, this.tables);
    return this.metering.charge(tenant, [METERS.recommendations], () =>
      this.lists.trending(tenant.id, category, limit),
    );
  }
}
