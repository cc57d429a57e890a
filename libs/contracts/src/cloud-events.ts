/**
 * CloudEvents 1.0, binary content mode of its Kafka protocol binding: the attributes are headers with the prefix
 * `ce_`, the value is the data alone. Source: cloudevents.io, "Kafka Protocol Binding for CloudEvents", section 3.2.
 */
export interface CloudEventAttributes {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** RFC 3339. */
  readonly time: string;
  readonly subject: string;
}

export const CLOUD_EVENT_TYPES = {
  clickstream: 'offerstream.clickstream.v1',
  offer: 'offerstream.offer.v1',
  userVector: 'offerstream.user-vector.v1',
  outcome: 'offerstream.outcome.v1',
} as const;

export type KafkaHeaders = Readonly<Record<string, string>>;

/** Headers of records that are state instead of events. */
export const STATE_HEADERS: KafkaHeaders = { 'content-type': 'application/json' };

export const cloudEventHeaders = (attributes: CloudEventAttributes): KafkaHeaders => ({
  ...STATE_HEADERS,
  ce_specversion: '1.0',
  ce_id: attributes.id,
  ce_source: attributes.source,
  ce_type: attributes.type,
  ce_time: attributes.time,
  ce_subject: attributes.subject,
});

/** Header of a clickstream record whose event must have an offer of its own and waits for inference (replay sets it). */
export const OFFER_HEADER = 'offer';
export const OFFER_EACH = 'each';
