import type { PlacementId, TenantId } from '@offerstream/contracts';
import type { TenantSettings } from '@offerstream/control-client';
import { modelName } from '@offerstream/learning';

export const DEMO_TENANT = 'demo' as TenantId;
/** For trying things out on one's own machine, and no secret. */
export const DEMO_WRITE_KEY = 'demo-write-key';
export const DEMO_SEED = 1;
/** The first ranks the placement, the second that of the control group, the third knows which items are bought together. */
export const DEMO_FAMILIES = ['behaviour', 'popular', 'together'] as const;
/** Knows what items are like. Nothing waits for it: what it learns from is there only once the line runs. */
export const DEMO_CONTENT_FAMILY = 'content';
export const DEMO_PLACEMENT = 'home' as PlacementId;
/** What a fifth of the simulated shoppers sees instead, so that one sees what personal offers are worth. */
export const DEMO_CONTROL_PLACEMENT = 'home-popular' as PlacementId;
/** Where what is new is offered, too. */
export const DEMO_DISCOVER_PLACEMENT = 'discover' as PlacementId;

export const DEMO_SETTINGS: TenantSettings = {
  id: DEMO_TENANT,
  consent: 'assumed',
  placements: [
    [DEMO_PLACEMENT, DEMO_FAMILIES[0], 20] as const,
    [DEMO_CONTROL_PLACEMENT, DEMO_FAMILIES[1], 20] as const,
    // A page to browse: what came last has its place among all that is like it.
    [DEMO_DISCOVER_PLACEMENT, DEMO_CONTENT_FAMILY, 50] as const,
  ].map(([id, family, slots]) => ({ id, model: modelName(DEMO_TENANT, family), slots, validitySeconds: 86_400 })),
};

/** Items for people to try, one of each kind of shop. */
export const DEMO_ITEMS: readonly string[] = [
  'running-shoes-07',
  'tents-12',
  'coffee-makers-03',
  'headphones-21',
  'board-games-15',
];
