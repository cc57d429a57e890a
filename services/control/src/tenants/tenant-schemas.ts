import { placementSchema, tenantSchema } from '@offerstream/contracts';
import { nextPage, pageQuery, Problem } from '@offerstream/http-api';
import { z } from 'zod';

export const tenantParams = z.object({ tenant: tenantSchema.shape.id });
export type TenantParams = z.output<typeof tenantParams>;

export const tenantPageQuery = pageQuery(tenantSchema.shape.id);
export type TenantPageQuery = z.output<typeof tenantPageQuery>;

/** A name in the model repository is a folder's. */
export const modelName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'must be 1 to 100 of letters, digits, dot, dash and underscore');

/**
 * The folders of the model repository belong to all tenants; the first part of a name says whose a model is.
 *
 * @throws Problem 404, whether or not another tenant has the model
 */
export const requireOwnModel = (tenant: string, model: string): void => {
  if (model.startsWith(`${tenant}.`)) return;
  throw new Problem({
    status: 404,
    code: 'model-unknown',
    reason: `Tenant ${tenant} has no model ${model}.`,
    fix: `Name a model of the tenant: its name begins with ${tenant}.`,
  });
};

const YEAR_SECONDS = 31_536_000;

const placement = z.strictObject({
  id: placementSchema.shape.id,
  model: modelName,
  slots: placementSchema.shape.slots,
  validitySeconds: placementSchema.shape.validitySeconds.max(YEAR_SECONDS),
  copyTemplates: placementSchema.shape.copyTemplates,
});

/** The last part of a name begins with a letter, that of an address does not. */
const hostName = z
  .string()
  .max(253)
  .regex(
    /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'must be the name of a host in small letters, without port and path',
  );
const pictureHosts = z
  .array(hostName)
  .max(50)
  .meta({ description: 'Hosts from which pictures of items are fetched, each by its whole name.' });

/** The whole of what a tenant is told: what is left out of `placements` is gone. */
export const tenantBody = z.strictObject({
  consent: tenantSchema.shape.consent,
  placements: z
    .array(placement)
    .max(50)
    .refine((list) => new Set(list.map(({ id }) => id)).size === list.length, 'names a placement twice'),
  pictureHosts: pictureHosts.optional(),
});
export type TenantBody = z.output<typeof tenantBody>;

export const tenantResponse = z.object({
  id: tenantSchema.shape.id,
  consent: tenantSchema.shape.consent,
  placements: z.array(z.object(placement.shape)),
  pictureHosts,
  version: z.int().meta({ description: 'Rises with every change of the tenant, its keys or its placements.' }),
});

export const tenantPageResponse = z.object({ tenants: z.array(tenantResponse), next: nextPage });

export const TENANT_EXAMPLE = {
  id: 'my-shop',
  consent: 'assumed',
  placements: [
    {
      id: 'home',
      model: 'my-shop.behaviour',
      slots: 10,
      validitySeconds: 3_600,
      copyTemplates: ['{New|Back} in {category}: {title}'],
    },
  ],
  pictureHosts: ['pictures.my-shop.example'],
  version: 3,
} as const;
