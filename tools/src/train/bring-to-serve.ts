import type { CatalogItem, ItemId, Placement, PlacementId, Tenant, TenantId } from '@offerstream/contracts';
import { ControlError, type ControlClient } from '@offerstream/control-client';
import { removeModel, type StoredModel, type TrainedModel } from '@offerstream/learning';
import { TrainError } from './errors.js';

export interface BringToServeOptions {
  readonly control: ControlClient;
  readonly tenant: TenantId;
  readonly trained: Pick<TrainedModel, 'family' | 'popular'>;
  readonly stored: StoredModel;
  /** Those that the catalog does not have so. */
  readonly items: readonly CatalogItem[];
  /** Resolves when inference answers with this version, and explains it. */
  readonly untilServed: () => Promise<void>;
  /** The tenant as the data plane knows it at the moment. @throws the signal's reason when it aborts */
  readonly readTenant: (signal?: AbortSignal) => Promise<Tenant | undefined>;
  readonly signal: AbortSignal;
  /** @param share of the items that are put, 0 to 1 */
  readonly onItems: (share: number) => void;
}

const PLACEMENT = { id: 'home' as PlacementId, slots: 20, validitySeconds: 86_400 };
const NEW_TENANT = { consent: 'assumed', placements: [] } as const;

/**
 * Hands a stored version to the back office: items, promotion, and at last the placement that ranks with it. Whatever ends this
 * before the promotion leaves the tenant's offers as they are, and takes the version away again. A version that is promoted, or may
 * be, stays.
 *
 * @throws TrainError `items-refused`, `promotion-uncertain`; ControlError; what the callbacks throw; the signal's reason when it aborts
 */
export const bringToServe = async (options: BringToServeOptions): Promise<void> => {
  const { control, tenant, stored, readTenant, signal } = options;
  try {
    await options.untilServed();
    // The back office takes items and models of tenants that it knows.
    if ((await readTenant(signal)) === undefined) await control.putTenant({ id: tenant, ...NEW_TENANT });
    await putItems(options);
    signal.throwIfAborted();
    await promote(options);
  } catch (error) {
    if (!(error instanceof TrainError && error.code === 'promotion-uncertain')) await removeModel(stored);
    throw error;
  }
  // Read again, so that what somebody has changed in the meantime is not put back; and to the end, since the model is promoted.
  const { consent, placements } = (await readTenant()) ?? NEW_TENANT;
  await control.putTenant({ id: tenant, consent, placements: withHome(placements, stored.name) });
};

const putItems = async ({ control, tenant, items, signal, onItems }: BringToServeOptions): Promise<void> => {
  const put = await control.putItems(tenant, interruptible(items, signal), ({ accepted, failed }) =>
    onItems((accepted + failed) / items.length),
  );
  if (put.failed === 0) return;
  const [first] = put.errors;
  const item = items[(first?.number ?? 1) - 1]?.id ?? '';
  throw new TrainError(
    'items-refused',
    false,
    `${put.failed} items were refused, the first is ${item}: ${first?.reason ?? ''}`,
  );
};

function* interruptible<Item>(items: readonly Item[], signal: AbortSignal): Generator<Item> {
  for (const item of items) {
    signal.throwIfAborted();
    yield item;
  }
}

const promote = async ({ control, tenant, trained, stored }: BringToServeOptions): Promise<void> => {
  const { name, version, path } = stored;
  try {
    await control.promoteModel({
      tenant,
      name,
      version,
      family: trained.family,
      popular: trained.popular.map((id) => id as ItemId),
    });
  } catch (error) {
    if (isRefusal(error)) throw error;
    throw new TrainError(
      'promotion-uncertain',
      true,
      `It is not known whether version ${version} of ${name} was promoted, so ${path} stays. ` +
        `${error instanceof Error ? error.message : String(error)} Train again once that is mended.`,
      { cause: error },
    );
  }
};

/** Whether the back office has said no. Without its answer, or with one that it did not give, it may have done what it was asked. */
const isRefusal = (error: unknown): boolean =>
  error instanceof ControlError && !error.canRetry && error.code !== 'unexpected-answer';

const withHome = (placements: readonly Placement[], model: string): readonly Placement[] => {
  const home = { ...PLACEMENT, ...placements.find(({ id }) => id === PLACEMENT.id), model };
  return [...placements.filter(({ id }) => id !== PLACEMENT.id), home].map(
    // What a record has beside these is not the back office's to take.
    (placement) => ({
      id: placement.id,
      model: placement.model,
      slots: placement.slots,
      validitySeconds: placement.validitySeconds,
      ...(placement.copyTemplates !== undefined && { copyTemplates: placement.copyTemplates }),
    }),
  );
};
