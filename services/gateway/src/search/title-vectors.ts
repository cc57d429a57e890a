import { setTimeout as sleep } from 'node:timers/promises';
import { itemHash, type ItemId, type TenantId } from '@offerstream/contracts';
import type { GatewayTables } from '../gateway-tables.js';
import type { Embedder } from '../language/embedder.js';
import { identityOf, type ServingEncoder } from '../models/model-folder.js';
import type { SearchThread } from './search-thread.js';
import type { ItemChange } from './shop-index.js';
import type { VectorSpace } from './vector-space.js';

/** Titles of one call of the encoder. */
const BATCH = 32;
/** How often encoders that have come or changed are looked for, and a failed call is tried again. */
const LOOK_MS = 1_000;

export interface TitleVectorsParts {
  readonly tables: Pick<GatewayTables, 'shop'>;
  readonly thread: Pick<SearchThread, 'ask'>;
  readonly embedder: Pick<Embedder, 'encoderOf' | 'embed'>;
  /** Called when a shop's encoder has ceased to answer, and not again until it has. */
  readonly onFailed: (error: unknown) => void;
}

/** The titles of a shop that have a vector, or had one. */
interface Embedded {
  space: string;
  /** What the vector is of, by item. */
  readonly titles: Map<ItemId, string>;
  /** To be looked at: what is new, what was changed. */
  readonly waiting: Set<ItemId>;
  /** Since the encoder answered last it has not, and that was told. */
  isFailing: boolean;
}

/**
 * Embeds titles in the background, one batch at a time, with a rest as long as it took: half of an encoder's time is left to whoever
 * asks. A title is embedded once for each version of the encoder, however often the item's other fields change.
 */
export class TitleVectors {
  private readonly shops = new Map<TenantId, Embedded>();
  private readonly stopping = new AbortController();

  constructor(private readonly parts: TitleVectorsParts) {}

  /** After the thread has been told of the changes. */
  note(tenant: TenantId, changes: readonly ItemChange[]): void {
    let shop = this.shops.get(tenant);
    if (shop === undefined)
      this.shops.set(tenant, (shop = { space: '', titles: new Map(), waiting: new Set(), isFailing: false }));
    for (const { id, state } of changes) {
      // The thread has forgotten its vector.
      if (state === undefined) shop.titles.delete(id);
      shop.waiting.add(id);
    }
  }

  /** The thread knows no vectors any more, and will be told of all items. */
  forget(): void {
    this.shops.clear();
  }

  /** Works until it is stopped. */
  async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const startedMs = performance.now();
      let tookMs = 0;
      for (const [tenant, shop] of this.shops) {
        const encoder = this.parts.embedder.encoderOf(tenant);
        if (encoder === undefined) continue;
        if (await this.embedSome(tenant, shop, encoder)) tookMs = performance.now() - startedMs;
      }
      await sleep(tookMs === 0 ? LOOK_MS : tookMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  stop(): void {
    this.stopping.abort();
  }

  /** @returns whether there was something to do, and it was done */
  private async embedSome(tenant: TenantId, shop: Embedded, encoder: ServingEncoder): Promise<boolean> {
    const space = spaceOf(encoder);
    if (shop.space !== space.encoder) {
      for (const item of shop.titles.keys()) shop.waiting.add(item);
      shop.titles.clear();
      shop.space = space.encoder;
    }
    const batch = this.takeBatch(tenant, shop);
    if (batch.length === 0) return false;
    try {
      const { vectors } = await this.parts.embedder.embed(
        tenant,
        encoder,
        batch.map(({ title }) => title),
        this.stopping.signal,
      );
      const items = batch.map(({ item }) => item);
      await this.parts.thread.ask(tenant, 'vectors', { space, items, vectors });
      shop.isFailing = false;
      return true;
    } catch (error) {
      for (const { item } of batch) {
        shop.titles.delete(item);
        shop.waiting.add(item);
      }
      if (!shop.isFailing && !this.stopping.signal.aborted) this.parts.onFailed(error);
      shop.isFailing = true;
      return false;
    }
  }

  private takeBatch(tenant: TenantId, { titles, waiting }: Embedded): { item: ItemId; title: string }[] {
    const batch: { item: ItemId; title: string }[] = [];
    for (const item of waiting) {
      if (batch.length === BATCH) break;
      waiting.delete(item);
      const known = this.parts.tables.shop(tenant).item(itemHash(tenant, item));
      const title = known?.title;
      // What nobody can find is noted again when that changes.
      if (known?.available !== true || title === undefined || title.trim() === '' || titles.get(item) === title)
        continue;
      titles.set(item, title);
      batch.push({ item, title });
    }
    return batch;
  }
}

export const spaceOf = (encoder: ServingEncoder): VectorSpace => ({
  encoder: identityOf(encoder),
  dimensions: encoder.dimensions,
});
