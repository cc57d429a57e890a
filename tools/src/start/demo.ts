import type { PlacementId, TenantId } from '@offerstream/contracts';
import type { TenantSettings } from '@offerstream/control-client';

export const DEMO_TENANT = 'demo' as TenantId;
/** For trying things out on one's own machine, and no secret. */
export const DEMO_WRITE_KEY = 'demo-write-key';
export const DEMO_SEED = 1;
export const DEMO_FAMILY = 'behaviour';
export const DEMO_PLACEMENT = 'home' as PlacementId;

export const DEMO_SETTINGS: TenantSettings = {
  id: DEMO_TENANT,
  consent: 'assumed',
  placements: [{ id: DEMO_PLACEMENT, model: `${DEMO_TENANT}.${DEMO_FAMILY}`, slots: 20, validitySeconds: 86_400 }],
};

/** Items for people to try, one of each kind of shop. */
export const DEMO_ITEMS: readonly string[] = [
  'running-shoes-07',
  'tents-12',
  'coffee-makers-03',
  'headphones-21',
  'board-games-15',
];
