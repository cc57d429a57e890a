import { Body, Controller, Get, Inject, Param, Post, Put, Query } from '@nestjs/common';
import { promotedModelSchema, tenantSchema } from '@offerstream/contracts';
import { Database, MAX_MODELS } from '@offerstream/database';
import { nextPage, Operation, pageQuery, Problem, tenantUnknown, TheCall, type Call } from '@offerstream/http-api';
import { z } from 'zod';
import { Changes } from '../changes.js';
import { CLOCK, type Clock } from '../chance-and-time.js';
import { modelName, requireOwnModel } from '../tenants/tenant-schemas.js';

const { version, popular } = promotedModelSchema.shape;

const modelParams = z.object({ name: modelName });
const modelQuery = z.strictObject({ tenant: tenantSchema.shape.id });
const modelPageQuery = pageQuery(modelName).extend({
  tenant: modelQuery.shape.tenant
    .optional()
    .meta({ description: 'Left out: your own, or all of them for the operator.' }),
});
const modelBody = z.strictObject({
  version: version.max(18),
  family: z.string().regex(/^[a-z0-9-]{1,50}$/, 'must be 1 to 50 of a-z, 0-9 and dash'),
  popular,
});
const extensionBody = z.strictObject({
  version: version.max(18),
  extends: version.max(18).meta({ description: 'The version that it was made of, and that serves.' }),
});
const modelResponse = z.object(promotedModelSchema.shape);
const modelPageResponse = z.object({ models: z.array(modelResponse), next: nextPage });

const PROMOTION = { version: '3', family: 'behaviour', popular: ['tents-12', 'boots-7'] } as const;
const EXAMPLE = {
  tenant: 'my-shop',
  name: 'my-shop.behaviour',
  ...PROMOTION,
  promotedAt: '2026-03-01T09:00:00.000Z',
} as const;

@Controller('v1/models')
export class ModelsController {
  constructor(
    private readonly database: Database,
    private readonly changes: Changes,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Put(':name')
  @Operation({
    id: 'promoteModel',
    tag: 'models',
    summary: 'Promotes a version of a model: it serves from the moment that the data plane hears of it.',
    description: 'Its name begins with the tenant and a dot.',
    scope: 'models:write',
    response: modelResponse,
    problems: { 404: ['tenant-unknown', 'model-unknown'], 409: ['too-many-models'] },
    requestExample: PROMOTION,
    example: EXAMPLE,
  })
  async promote(
    @Param({ schema: modelParams }) { name }: z.output<typeof modelParams>,
    @Query({ schema: modelQuery }) { tenant }: z.output<typeof modelQuery>,
    @Body({ schema: modelBody }) body: z.output<typeof modelBody>,
    @TheCall() call: Call,
  ) {
    if ((await this.database.tenants.get(tenant)) === undefined) throw tenantUnknown(tenant);
    requireOwnModel(tenant, name);
    const promoted = { tenant, name, ...body, promotedAt: this.clock().toISOString() };
    await this.changes.make(call, async (change) => {
      if ((await this.database.promotedModels.put(change, promoted)) === 'too-many') throw TOO_MANY_MODELS;
    });
    return (await this.database.promotedModels.get(tenant, name)) ?? promoted;
  }

  @Post(':name/extensions')
  @Operation({
    id: 'extendModel',
    tag: 'data plane',
    summary: 'Promotes a version that has items more than the one that serves, which it was made of.',
    description: 'Family and popular items stay. It may be repeated.',
    scope: 'models:extend',
    response: modelResponse,
    problems: { 404: ['tenant-unknown', 'model-unknown'], 409: ['model-replaced'] },
    requestExample: { version: '4', extends: '3' },
    example: { ...EXAMPLE, version: '4' },
  })
  async extend(
    @Param({ schema: modelParams }) { name }: z.output<typeof modelParams>,
    @Query({ schema: modelQuery }) { tenant }: z.output<typeof modelQuery>,
    @Body({ schema: extensionBody }) body: z.output<typeof extensionBody>,
    @TheCall() call: Call,
  ) {
    if ((await this.database.tenants.get(tenant)) === undefined) throw tenantUnknown(tenant);
    requireOwnModel(tenant, name);
    const extension = { tenant, name, version: body.version, extended: body.extends };
    await this.changes.make(call, async (change) => {
      const promotedAt = this.clock().toISOString();
      if ((await this.database.promotedModels.extend(change, { ...extension, promotedAt })) === 'replaced')
        throw MODEL_REPLACED;
    });
    const promoted = await this.database.promotedModels.get(tenant, name);
    if (promoted?.version !== body.version) throw MODEL_REPLACED;
    return promoted;
  }

  @Get()
  @Operation({
    id: 'listModels',
    tag: 'models',
    summary: 'Which version of each model serves, by name.',
    scope: 'models:read',
    response: modelPageResponse,
    problems: { 404: ['tenant-unknown'] },
    example: { models: [EXAMPLE] },
  })
  list(
    @Query({ schema: modelPageQuery }) { tenant, after, limit }: z.output<typeof modelPageQuery>,
    @TheCall() { principal }: Call,
  ) {
    return this.database.promotedModels.list(tenant ?? principal.tenant, { after, limit });
  }
}

const MODEL_REPLACED = new Problem({
  status: 409,
  code: 'model-replaced',
  reason: 'Another version serves than the one that this one extends.',
  fix: 'Extend the version that serves: GET /v1/models lists it.',
});

const TOO_MANY_MODELS = new Problem({
  status: 409,
  code: 'too-many-models',
  reason: `A tenant has at most ${MAX_MODELS} promoted models.`,
  fix: 'Promote another version of one of them instead: GET /v1/models lists them.',
});
