import {
  codesOfOfferId,
  MAX_LINE_MICROS,
  outcomeSchema,
  splitKey,
  subjectCode,
  type Outcome,
} from '@offerstream/contracts';
import type { NamedOffer, Purchase, PurchasedItem, Touch } from '@offerstream/database';
import { unstorable } from '@offerstream/http-api';
import type { RawRecord } from '@offerstream/kafka';

/** Why an outcome is left out, or, of a purchase, its offer. */
export type LeftOut = 'misfit' | 'bot' | 'too-old' | 'unknown-offer';

export type ReadOutcome =
  | { readonly kind: 'touch'; readonly touch: Touch }
  | {
      readonly kind: 'purchase';
      readonly purchase: Purchase;
      /** It names an offer that was not made for its subject. */
      readonly straysFromOffer: boolean;
    }
  | { readonly kind: 'left-out'; readonly because: LeftOut; readonly detail: string };

/** Far more than a page shows or an order has; what has more is a mistake, and would be a heavy one to store. */
const MAX_ITEMS = 500;
/** Of a Postgres integer. */
const MAX_QUANTITY = 2 ** 31 - 1;

/**
 * Reads a record of the topic `outcomes`. Nothing that stands in one makes it throw.
 *
 * @param oldestMs what happened before is not kept, in ms since 1970
 */
export const readOutcome = (record: RawRecord, oldestMs: number): ReadOutcome => {
  const outcome = parse(record);
  if (typeof outcome === 'string') return leftOut('misfit', outcome);
  if (outcome.bot) return leftOut('bot', 'its sender says so');
  // Nobody's clock makes something happen after its record was written.
  const atMs = Math.min(Date.parse(outcome.occurredAt), record.appendedAt);
  if (atMs < oldestMs) return leftOut('too-old', outcome.occurredAt);
  const { id, tenant, subject, type } = outcome;
  const offer = offerOf(outcome);
  const common = { tenant, subject, at: new Date(atMs) };
  if (type === 'purchase') {
    const items = outcome.items.map((item) => purchasedItem(item, outcome.currency));
    const purchase = outcome.orderId === null ? `message:${id}` : `order:${outcome.orderId}`;
    return {
      kind: 'purchase',
      purchase: {
        ...common,
        purchase,
        items,
        currency: outcome.currency,
        offer: offer === 'stray' ? undefined : offer,
      },
      straysFromOffer: offer === 'stray',
    };
  }
  if (offer === undefined) return leftOut('misfit', `${type} without an offer`);
  if (offer === 'stray') return leftOut('unknown-offer', `${outcome.offerId ?? ''} was not made for this subject`);
  // An impression is the whole offer's, whichever of its items it names.
  const items = type === 'impression' ? [] : outcome.items.map(({ item }) => item);
  return { kind: 'touch', touch: { ...common, id, offer, type, items } };
};

const leftOut = (because: LeftOut, detail: string): ReadOutcome => ({ kind: 'left-out', because, detail });

/** The outcome, or what is wrong with it. */
const parse = ({ key, value }: RawRecord): Outcome | string => {
  if (value === null) return 'no value';
  let json: unknown;
  try {
    json = JSON.parse(value.toString());
  } catch (error) {
    return `not JSON: ${(error as SyntaxError).message}`;
  }
  const { success, data: outcome, error } = outcomeSchema.safeParse(json);
  if (!success) {
    const [first] = error.issues;
    return `${first?.path.join('.') ?? ''}: ${first?.message ?? ''}`;
  }
  if (key === null || splitKey(key.toString())?.tenant !== outcome.tenant) return "the key is another tenant's";
  const { id, subject, orderId, items } = outcome;
  if (items.length > MAX_ITEMS) return `${items.length} items, at most ${MAX_ITEMS} are taken`;
  if (items.some((item) => item.quantity > MAX_QUANTITY || lineMicros(item) > MAX_LINE_MICROS)) {
    return 'an amount beyond all measure';
  }
  return unstorable([id, subject, orderId, ...items.map(({ item }) => item)]) ?? outcome;
};

const offerOf = ({ tenant, subject, offerId }: Outcome): NamedOffer | 'stray' | undefined => {
  if (offerId === null) return undefined;
  const codes = codesOfOfferId(offerId);
  return codes.subject === subjectCode(tenant, subject) ? { id: offerId, origin: codes.origin } : 'stray';
};

type OutcomeItem = Outcome['items'][number];

const lineMicros = ({ quantity, priceMicros }: OutcomeItem): number => quantity * (priceMicros ?? 0);

/** An amount without its currency is none. */
const purchasedItem = (line: OutcomeItem, currency: string | null): PurchasedItem => ({
  item: line.item,
  quantity: line.quantity,
  revenueMicros: line.priceMicros === null || currency === null ? null : lineMicros(line),
});
