import { offerSchema, type Offer } from '@offerstream/contracts';
import type { RawRecord } from '@offerstream/kafka';

/**
 * What a consumer of the topic keeps for one shopper: of each placement the offer with the highest revision. An offer that comes
 * again, and one that was overtaken, is not taken.
 */
export class NewestOffers {
  readonly #newest = new Map<string, Offer>();

  /** @param placement only this one's offers, if given */
  constructor(
    readonly key: string,
    readonly placement: string | undefined,
  ) {}

  /** The offer of a record, when it is a newer one. A record that is none is passed over. */
  take({ key, value }: Pick<RawRecord, 'key' | 'value'>): Offer | undefined {
    if (value === null || key?.toString() !== this.key) return undefined;
    const offer = offerSchema.parse(JSON.parse(value.toString()));
    if (this.placement !== undefined && offer.placement !== this.placement) return undefined;
    const known = this.#newest.get(offer.placement);
    if (known !== undefined && (known.id === offer.id || known.revision >= offer.revision)) return undefined;
    this.#newest.set(offer.placement, offer);
    return offer;
  }

  /** The newest offer of each placement, the last one made at the end. */
  all(): readonly Offer[] {
    return [...this.#newest.values()].sort((a, b) => a.revision - b.revision);
  }
}
