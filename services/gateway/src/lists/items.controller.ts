import { Controller, Get, Param, Query } from '@nestjs/common';
import { METERS } from '@offerstream/billing';
import { Operation, TheCall, type Call } from '@offerstream/http-api';
import { Metering } from '../admission/metering.js';
import { GatewayTables } from '../gateway-tables.js';
import { REFUSALS, tenantOf } from '../the-tenant.js';
import { ItemLists } from './item-lists.js';
import { itemList, itemParams, listQuery, type ItemParams, type ListQuery } from './list-schemas.js';

const OF_AN_ITEM = {
  tag: 'recommendations',
  scope: 'recommendations:read',
  rateLimited: true,
  response: itemList,
  problems: { ...REFUSALS, 404: ['item-unknown'] },
} as const;

@Controller('v1/items/:item')
export class ItemsController {
  constructor(
    private readonly tables: GatewayTables,
    private readonly metering: Metering,
    private readonly lists: ItemLists,
  ) {}

  @Get('similar')
  @Operation({
    ...OF_AN_ITEM,
    id: 'listSimilar',
    summary: 'Items like this one.',
    description:
      'By a promoted model of the family `content`, else of the family `behaviour`. Without an answer of either, popular items.',
  })
  similar(
    @Param({ schema: itemParams }) { item }: ItemParams,
    @Query({ schema: listQuery }) { limit }: ListQuery,
    @TheCall() call: Call,
  ) {
    const tenant = tenantOf(call, this.tables);
    this.lists.ensureKnown(tenant.id, item);
    return this.metering.charge(tenant, [METERS.recommendations], () => this.lists.similar(tenant.id, item, limit));
  }

  @Get('bought-together')
  @Operation({
    ...OF_AN_ITEM,
    id: 'listBoughtTogether',
    summary: 'Items that are bought with this one.',
    description:
      'By a promoted model of the family `together`, else by one of the family `behaviour` for somebody who bought the item. Without an answer of either, popular items.',
  })
  boughtTogether(
    @Param({ schema: itemParams }) { item }: ItemParams,
    @Query({ schema: listQuery }) { limit }: ListQuery,
    @TheCall() call: Call,
  ) {
    const tenant = tenantOf(call, this.tables);
    this.lists.ensureKnown(tenant.id, item);
    return this.metering.charge(tenant, [METERS.recommendations], () =>
      this.lists.boughtTogether(tenant.id, item, limit),
    );
  }
}
