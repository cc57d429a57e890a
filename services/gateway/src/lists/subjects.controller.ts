import { Controller, Get, Param, Query } from '@nestjs/common';
import { METERS } from '@offerstream/billing';
import { Operation, TheCall, type Call } from '@offerstream/http-api';
import { Metering } from '../admission/metering.js';
import { GatewayTables } from '../gateway-tables.js';
import { Shoppers } from '../shoppers.js';
import { REFUSALS, tenantOf } from '../the-tenant.js';
import { listQuery, pastItems, subjectParams, type ListQuery, type SubjectParams } from './list-schemas.js';
import { buyAgain, recentlyViewed } from './past-items.js';

const OF_A_SUBJECT = {
  tag: 'recommendations',
  scope: 'recommendations:read',
  rateLimited: true,
  response: pastItems,
  problems: REFUSALS,
} as const;

@Controller('v1/subjects/:subject')
export class SubjectsController {
  constructor(
    private readonly tables: GatewayTables,
    private readonly metering: Metering,
    private readonly shoppers: Shoppers,
  ) {}

  @Get('recently-viewed')
  @Operation({ ...OF_A_SUBJECT, id: 'listRecentlyViewed', summary: 'What a shopper looked at, the last first.' })
  viewed(
    @Param({ schema: subjectParams }) { subject }: SubjectParams,
    @Query({ schema: listQuery }) { limit }: ListQuery,
    @TheCall() call: Call,
  ) {
    return this.past(recentlyViewed, { subject, limit, call });
  }

  @Get('buy-again')
  @Operation({ ...OF_A_SUBJECT, id: 'listBuyAgain', summary: 'What a shopper bought, the last first.' })
  again(
    @Param({ schema: subjectParams }) { subject }: SubjectParams,
    @Query({ schema: listQuery }) { limit }: ListQuery,
    @TheCall() call: Call,
  ) {
    return this.past(buyAgain, { subject, limit, call });
  }

  private past(listOf: typeof buyAgain, { subject, limit, call }: SubjectParams & ListQuery & { readonly call: Call }) {
    const tenant = tenantOf(call, this.tables);
    return this.metering.charge(tenant, [METERS.recommendations], async () =>
      listOf(await this.shoppers.profile(tenant.id, subject), this.tables.shop(tenant.id), limit),
    );
  }
}
