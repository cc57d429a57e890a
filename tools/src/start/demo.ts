import type { PlacementId, TenantId } from '@offerstream/contracts';
import type { TenantSettings } from '@offerstream/control-client';
import { modelName } from '@offerstream/learning';

export const DEMO_TENANT = 'demo' as TenantId;
/** For trying things out on one's own machine, and no secret. */
export const DEMO_WRITE_KEY = 'demo-write-key';
export const DEMO_SEED = 1;
/**
 * The first ranks the placement, the second that of the control group; the others know which items are bought together, and which are
 * alike.
 */
export const DEMO_FAMILIES = ['behaviour', 'popular', 'together', 'content'] as const;
export type DemoFamily = (typeof DEMO_FAMILIES)[number];
export const DEMO_PLACEMENT = 'home' as PlacementId;
/** What a fifth of the simulated shoppers sees instead, so that one sees what personal offers are worth. */
export const DEMO_CONTROL_PLACEMENT = 'home-popular' as PlacementId;

export const DEMO_SETTINGS: TenantSettings = {
  id: DEMO_TENANT,
  consent: 'assumed',
  placements: [
    { id: DEMO_PLACEMENT, model: modelName(DEMO_TENANT, DEMO_FAMILIES[0]), slots: 20, validitySeconds: 86_400 },
    { id: DEMO_CONTROL_PLACEMENT, model: modelName(DEMO_TENANT, DEMO_FAMILIES[1]), slots: 20, validitySeconds: 86_400 },
  ],
};

/** Items for people to try, one of each kind of shop. */
export const DEMO_ITEMS: readonly string[] = [
  'running-shoes-07',
  'tents-12',
  'coffee-makers-03',
  'headphones-21',
  'board-games-15',
];
