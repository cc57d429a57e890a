import { offerSchema, splitKey, type Offer, type SubjectId, type TenantId } from '@offerstream/contracts';
import type { RawRecord } from '@offerstream/kafka';

/** Which offers are wanted: a tenant's, or of these only one shopper's, or one placement's. */
export interface WantedOffers {
  readonly tenant: TenantId;
  readonly subject?: SubjectId | undefined;
  readonly placement?: string | undefined;
}

/**
 * What a consumer of the topic keeps: of each subject and placement the offer with the highest revision. An offer that comes again,
 * and one that was overtaken, is not taken.
 */
export class NewestOffers {
  readonly #newest = new Map<string, Offer>();

  constructor(readonly wanted: WantedOffers) {}

  /** The offer of a record, when it is a newer one. A record that is none is passed over. */
  take({ key, value }: Pick<RawRecord, 'key' | 'value'>): Offer | undefined {
    const { tenant, subject, placement } = this.wanted;
    const parts = key === null ? undefined : splitKey(key.toString());
    if (value === null || parts?.tenant !== tenant) return undefined;
    if (subject !== undefined && parts.rest !== subject) return undefined;
    const offer = offerSchema.parse(JSON.parse(value.toString()));
    if (placement !== undefined && offer.placement !== placement) return undefined;
    const place = placeOf(parts.rest, offer.placement);
    const known = this.#newest.get(place);
    if (known !== undefined && (known.id === offer.id || known.revision >= offer.revision)) return undefined;
    this.#newest.set(place, offer);
    return offer;
  }

  /** The newest offer of each subject and placement, the last one made at the end. */
  all(): readonly Offer[] {
    return [...this.#newest.values()].sort((a, b) => a.revision - b.revision);
  }

  /** Undefined when the subject has had none there. */
  of(subject: string, placement: string): Offer | undefined {
    return this.#newest.get(placeOf(subject, placement));
  }
}

/** A placement's name has no blank. */
const placeOf = (subject: string, placement: string): string => `${placement} ${subject}`;
