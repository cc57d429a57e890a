import { ACTION, type ActionCode } from './actions.js';
import type { ClickstreamEvent } from './clickstream-event.js';
import { CLOUD_EVENT_TYPES, cloudEventHeaders, type KafkaHeaders } from './cloud-events.js';
import { isItemId, type ItemId, type TenantId } from './ids.js';
import { isOfferId } from './offer-id.js';
import { MAX_LINE_MICROS, type Outcome, type OutcomeType } from './records.js';
import { isFields, ITEM_FIELDS, MALFORMED, productsField, readId, type Fields } from './segment-fields.js';
import { eventSpelling, LONGEST_EVENT_NAME } from './shop-actions.js';

/** A product page that was reached from an offer was clicked there. */
const BY_ACTION: Readonly<Record<ActionCode, OutcomeType | undefined>> = {
  [ACTION.view]: 'click',
  [ACTION.click]: 'click',
  [ACTION.wishlist]: undefined,
  [ACTION.cart]: 'cart',
  [ACTION.purchase]: 'purchase',
  [ACTION.remove]: undefined,
};

/** Events that act on no product: Segment's e-commerce specification V2 and V1, and the names of GA4. */
const BY_SPELLING: ReadonlyMap<string, OutcomeType> = new Map(
  (
    [
      ['impression', ['Product List Viewed', 'Viewed Product Category', 'view_item_list']],
      ['impression', ['Promotion Viewed', 'Viewed Promotion', 'view_promotion']],
      ['click', ['Promotion Clicked', 'Clicked Promotion', 'select_promotion']],
    ] as const
  ).flatMap(([type, names]) => names.map((name) => [eventSpelling(name), type] as const)),
);

/**
 * What an event says of an offer: of the one whose `offer_id` it has in its properties or, failing that, on the first of its
 * products that has one. An order is an outcome without one too, since it may be owed to an earlier click. An `offer_id` that is
 * none, a price or a product that can't be read is as if it were not there: an event is not lost by it.
 *
 * @param tenant the record's
 * @param messageId the event's or, where it has none, the header's
 * @param timeMs when it happened, as it is reckoned: see `eventTime`
 */
export const outcomeOfEvent = (
  event: ClickstreamEvent,
  tenant: TenantId,
  messageId: string,
  timeMs: number,
): Outcome | undefined => {
  const { action, properties } = event;
  // For most events this is all.
  if (properties === undefined) return undefined;
  const offerId = offerIdIn(properties);
  if (offerId === undefined && action !== ACTION.purchase) return undefined;

  const type = outcomeType(event);
  if (type === undefined) return undefined;
  const isPurchase = type === 'purchase';
  return {
    id: messageId,
    tenant,
    subject: event.subject,
    type,
    offerId: offerId ?? null,
    items: itemsIn(properties, action !== undefined && !isPurchase),
    orderId: isPurchase ? orderIdIn(properties) : null,
    currency: currencyIn(properties),
    bot: properties['isbot'] === true || event.context?.['isbot'] === true || event.context?.['bot'] === true,
    occurredAt: new Date(timeMs).toISOString(),
  };
};

/** Headers of an outcome's record. */
export const outcomeHeaders = (outcome: Outcome): KafkaHeaders =>
  cloudEventHeaders({
    id: outcome.id,
    source: `/tenants/${outcome.tenant}`,
    type: CLOUD_EVENT_TYPES.outcome,
    time: outcome.occurredAt,
    subject: outcome.subject,
  });

const outcomeType = ({ action, name }: ClickstreamEvent): OutcomeType | undefined => {
  if (action !== undefined) return BY_ACTION[action];
  return name === undefined || name.length > LONGEST_EVENT_NAME ? undefined : BY_SPELLING.get(eventSpelling(name));
};

const NO_PRODUCTS: readonly unknown[] = [];

const productsIn = (properties: Fields): readonly unknown[] => {
  const products = properties[productsField(properties)];
  return Array.isArray(products) ? products : NO_PRODUCTS;
};

const offerIdIn = (properties: Fields): string | undefined => {
  const own = readOfferId(properties['offer_id']);
  if (own !== undefined) return own;
  for (const product of productsIn(properties)) {
    const id = isFields(product) ? readOfferId(product['offer_id']) : undefined;
    if (id !== undefined) return id;
  }
  return undefined;
};

const readOfferId = (value: unknown): string | undefined =>
  typeof value === 'string' && isOfferId(value) ? value : undefined;

/** @param describesOne whether the properties may describe a product themselves; else their `id` is another thing's */
const itemsIn = (properties: Fields, describesOne: boolean): Outcome['items'] => {
  const one = describesOne ? readProduct(properties) : undefined;
  if (one !== undefined) return [one];
  return productsIn(properties).flatMap((product) => (isFields(product) ? (readProduct(product) ?? []) : []));
};

const readProduct = (product: Fields): Outcome['items'][number] | undefined => {
  const item = itemIn(product);
  if (item === undefined) return undefined;
  const quantity = readQuantity(product['quantity']);
  return { item, quantity, priceMicros: microsOf(readNumber(product['price']), quantity) };
};

const itemIn = (product: Fields): ItemId | undefined => {
  for (const field of ITEM_FIELDS) {
    const id = readId(product[field]);
    if (id !== undefined) return id !== MALFORMED && isItemId(id) ? id : undefined;
  }
  return undefined;
};

const DECIMAL = /^[0-9]{1,15}(\.[0-9]{1,15})?$/;

/** NaN for what is no number. */
const readNumber = (value: unknown): number => {
  if (typeof value === 'string') return DECIMAL.test(value) ? Number(value) : NaN;
  return typeof value === 'number' ? value : NaN;
};

const readQuantity = (value: unknown): number => {
  const quantity = readNumber(value);
  return Number.isSafeInteger(quantity) && quantity > 0 ? quantity : 1;
};

/** Millionths, halves rounded up; null for what is no amount of money, or too much of it. */
const microsOf = (price: number, quantity: number): number | null => {
  const micros = Math.round(price * 1_000_000);
  return price >= 0 && micros * quantity <= MAX_LINE_MICROS ? micros : null;
};

const MAX_ORDER_ID_LENGTH = 200;

/** Segment V2, GA4, Segment V1. */
const orderIdIn = (properties: Fields): string | null => {
  const id = readId(properties['order_id'] ?? properties['transaction_id'] ?? properties['orderId']);
  return id === undefined || id === MALFORMED || id.length > MAX_ORDER_ID_LENGTH ? null : id;
};

const currencyIn = ({ currency }: Fields): string | null =>
  typeof currency === 'string' && /^[A-Za-z]{3}$/.test(currency) ? currency.toUpperCase() : null;
