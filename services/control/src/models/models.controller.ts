import { Body, Controller, Get, Inject, Param, Put, Query, SerializeOptions } from '@nestjs/common';
import { promotedModelSchema, tenantSchema } from '@offerstream/contracts';
import { Database } from '@offerstream/database';
import { z } from 'zod';
import { CLOCK, type Clock } from '../chance-and-time.js';
import { tenantUnknown } from '../problems.js';
import { modelName } from '../tenants/tenant-schemas.js';

const { tenant, version, popular } = promotedModelSchema.shape;

const modelParams = z.object({ name: modelName });
const modelBody = z.strictObject({
  tenant,
  version: version.max(18),
  family: z.string().regex(/^[a-z0-9-]{1,50}$/, 'must be 1 to 50 of a-z, 0-9 and dash'),
  popular,
});
const modelQuery = z.strictObject({ tenant: tenantSchema.shape.id.optional() });
const modelResponse = z.object(promotedModelSchema.shape);
const modelListResponse = z.object({ models: z.array(modelResponse) });

@Controller('v1/models')
export class ModelsController {
  constructor(
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Promotes a version: it serves from the moment that the data plane reads the record. */
  @Put(':name')
  @SerializeOptions({ schema: modelResponse })
  async promote(
    @Param({ schema: modelParams }) { name }: z.output<typeof modelParams>,
    @Body({ schema: modelBody }) body: z.output<typeof modelBody>,
  ) {
    if ((await this.database.tenants.get(body.tenant)) === undefined) throw tenantUnknown(body.tenant);
    const promoted = {
      tenant: body.tenant,
      name,
      version: body.version,
      family: body.family,
      popular: body.popular,
      promotedAt: this.clock().toISOString(),
    };
    await this.database.promotedModels.put(promoted);
    return (await this.database.promotedModels.get(body.tenant, name)) ?? promoted;
  }

  @Get()
  @SerializeOptions({ schema: modelListResponse })
  async list(@Query({ schema: modelQuery }) query: z.output<typeof modelQuery>) {
    return { models: await this.database.promotedModels.list(query.tenant) };
  }
}
