import type { ItemId, Offer } from '@offerstream/contracts';

export interface FirstOffer {
  readonly item: ItemId;
  readonly subject: string;
  /** From the moment at which the item came. */
  readonly seconds: number;
}

/** Which items wait for the first shopper who is offered them. */
export class FirstOffers {
  private readonly waiting = new Map<ItemId, number>();

  /** An item has come, at this moment in milliseconds. */
  came(item: ItemId, atMs: number): void {
    this.waiting.set(item, atMs);
  }

  /** An item is gone, and nobody will be offered it. */
  left(item: ItemId): void {
    this.waiting.delete(item);
  }

  /** Those of an offer that nobody was offered before. */
  take({ subject, items }: Pick<Offer, 'subject' | 'items'>, atMs: number): readonly FirstOffer[] {
    return items.flatMap(({ item }) => {
      const cameAtMs = this.waiting.get(item);
      if (cameAtMs === undefined) return [];
      this.waiting.delete(item);
      return [{ item, subject, seconds: (atMs - cameAtMs) / 1_000 }];
    });
  }
}
