import { subjectKey, type SubjectId } from '@offerstream/contracts';
import type { ProducerRecord } from '@offerstream/kafka';
import { itemId, ITEMS, TENANT, type Line } from './line.js';

/** A shopper's view of a product, as a Segment call. */
export const viewCall = (shopper: string, n: number): Readonly<Record<string, unknown>> => ({
  type: 'track',
  event: 'Product Viewed',
  userId: shopper,
  messageId: `${shopper}-${n}`,
  // A second apart, so that a history has one order.
  timestamp: new Date(Date.UTC(2026, 0, 1) + n * 1_000).toISOString(),
  properties: { product_id: itemId((n * 31) % ITEMS) },
});

/** The call as a shop that writes to Kafka itself would send it. */
export const clickstreamRecord = (
  line: Line,
  call: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): ProducerRecord => ({
  topic: line.topic('clickstream'),
  key: subjectKey(TENANT, call['userId'] as SubjectId),
  value: JSON.stringify(call),
  headers: { ce_id: String(call['messageId']), ...headers },
});

/** The views `from` to `to` (exclusive) of each shopper, all acknowledged. */
export const sendViews = (line: Line, shoppers: readonly string[], from: number, to: number): Promise<void> =>
  line.producer.sendAll(
    Array.from({ length: to - from }, (_, index) => from + index).flatMap((n) =>
      shoppers.map((shopper) => clickstreamRecord(line, viewCall(shopper, n))),
    ),
  );

export const shoppersNamed = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
