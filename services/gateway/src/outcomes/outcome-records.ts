import { outcomeHeaders, subjectKey, type Outcome, type TenantId } from '@offerstream/contracts';
import type { ProducerRecord } from '@offerstream/kafka';
import { microsOf, type ReportedOutcome } from './outcome-request.js';

/** What a request says of all its outcomes. */
export interface Report {
  readonly tenant: TenantId;
  /** What the request's `Idempotency-Key` and body together are known by: the same gives its outcomes the same ids. */
  readonly idempotency: string | undefined;
  /** Milliseconds since 1970. */
  readonly receivedMs: number;
  readonly newId: () => string;
}

/** The outcome as it stands on the topic. What is said to happen later happened at the latest when it was received. */
export const outcomeOf = (reported: ReportedOutcome, index: number, report: Report): Outcome => {
  const { idempotency, receivedMs, tenant } = report;
  const occurredMs = reported.occurredAt === undefined ? receivedMs : Date.parse(reported.occurredAt);
  return {
    id: reported.id ?? (idempotency === undefined ? report.newId() : `${idempotency}:${index}`),
    tenant,
    subject: reported.subject,
    type: reported.type,
    offerId: reported.offerId ?? null,
    items: reported.items.map(({ item, quantity, price }) => ({
      item,
      quantity,
      priceMicros: price === undefined ? null : microsOf(price),
    })),
    orderId: reported.orderId ?? null,
    currency: reported.currency ?? null,
    bot: reported.bot,
    occurredAt: new Date(Math.min(occurredMs, receivedMs)).toISOString(),
  };
};

/** @param topic name on the broker */
export const outcomeRecord = (topic: string, outcome: Outcome): ProducerRecord => ({
  topic,
  key: subjectKey(outcome.tenant, outcome.subject),
  value: Buffer.from(JSON.stringify(outcome)),
  headers: outcomeHeaders(outcome),
});
