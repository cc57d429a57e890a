import {
  itemKey,
  tenantSchema,
  type ItemId,
  type Placement,
  type PlacementId,
  type SubjectId,
  type Tenant,
  type TenantId,
} from '@offerstream/contracts';
import { Catalog, keepDescribed, PromotedModels, type DescribedItem } from '@offerstream/decisioning';

export const DEMO = 'demo' as TenantId;
export const MODEL = 'demo.behaviour';
export const ANNA = 'anna' as SubjectId;
/** 24 November 2026, 10:00 UTC. */
export const NOW_MS = Date.UTC(2026, 10, 24, 10);

export const item = (name: string): ItemId => name as ItemId;

export const HOME: Placement = { id: 'home' as PlacementId, model: MODEL, slots: 3, validitySeconds: 3_600 };

export const tenant = (over: object = {}): Tenant =>
  tenantSchema.parse({ id: DEMO, placements: [HOME], consent: 'assumed', ...over });

/** A catalog of these items; a name with a trailing `!` is unavailable. */
export const catalogOf = (...names: readonly string[]): Catalog<DescribedItem> => {
  const catalog = new Catalog(keepDescribed());
  for (const name of names) {
    const id = name.replace(/!$/, '');
    catalog.put(DEMO, item(id), Buffer.from(JSON.stringify({ id, available: !name.endsWith('!') })));
  }
  return catalog;
};

export const modelsWith = (version: string, popular: readonly string[] = []): PromotedModels => {
  const models = new PromotedModels();
  const value = {
    tenant: DEMO,
    name: MODEL,
    version,
    family: 'behaviour',
    popular,
    promotedAt: '2026-11-24T10:00:00Z',
  };
  models.put(itemKey(DEMO, item(MODEL)), Buffer.from(JSON.stringify(value)));
  return models;
};
