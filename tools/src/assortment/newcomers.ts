import type { ItemId, TenantId } from '@offerstream/contracts';
import { ControlError, type ControlClient } from '@offerstream/control-client';
import { newcomerNumber, type DemoShop } from '@offerstream/demo-shop';
import { jpegOf } from '@offerstream/vision';

export interface NewcomersOptions {
  readonly control: Pick<ControlClient, 'putItems' | 'putPicture' | 'removeItem'>;
  readonly shop: Pick<DemoShop, 'newcomer'>;
  readonly tenant: TenantId;
  /** What the catalog has already. */
  readonly catalog: Iterable<string>;
}

/** More of them the shop does not sell at a time. */
const MOST = 40;

/** Products that come to the shop after its catalog; the oldest of them make room for others. */
export class Newcomers {
  /** Numbers by id, the oldest first. */
  private readonly sold: Map<ItemId, number>;

  constructor(private readonly options: NewcomersOptions) {
    const found = Array.from(options.catalog, (id) => [id as ItemId, newcomerNumber(id) ?? -1] as const);
    this.sold = new Map(found.filter(([, number]) => number >= 0).sort((a, b) => a[1] - b[1]));
  }

  /**
   * Puts one more into the catalog.
   *
   * @throws ControlError; the same one may be put again then
   */
  async putNext(): Promise<ItemId> {
    const { control, shop, tenant } = this.options;
    const number = ([...this.sold.values()].at(-1) ?? -1) + 1;
    const { item } = shop.newcomer(number);
    const { errors } = await control.putItems(tenant, [item]);
    if (errors[0] !== undefined) throw new ControlError(errors[0].code, false, errors[0].reason);
    this.sold.set(item.id, number);
    return item.id;
  }

  /** @throws ControlError */
  async givePicture(item: ItemId): Promise<void> {
    const { control, shop, tenant } = this.options;
    const number = this.sold.get(item);
    if (number === undefined) return;
    const photo = Uint8Array.from(await jpegOf(shop.newcomer(number).picture));
    await unlessGone(control.putPicture(tenant, item, photo));
  }

  /** Those for which there is no room. */
  tooMany(): readonly ItemId[] {
    return [...this.sold.keys()].slice(0, Math.max(0, this.sold.size - MOST));
  }

  /** @throws ControlError */
  async remove(item: ItemId): Promise<void> {
    await unlessGone(this.options.control.removeItem(this.options.tenant, item));
    this.sold.delete(item);
  }
}

/** People may take an item out of the catalog, too, and what was asked without an answer may have been done. */
const unlessGone = async (asked: Promise<unknown>): Promise<void> => {
  try {
    await asked;
  } catch (error) {
    if (!(error instanceof ControlError && error.code === 'item-unknown')) throw error;
  }
};
