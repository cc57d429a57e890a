import {
  eventTime,
  hash64,
  itemHash,
  MAX_MESSAGE_ID_BYTES,
  OFFER_EACH,
  OFFER_HEADER,
  outcomeOfEvent,
  parseTime,
  readClickstreamEvent,
  readStrayOrigin,
  splitKey,
  subjectKey,
} from '@offerstream/contracts';
import type { RawRecord } from '@offerstream/kafka';
import { fail, ok, type Step } from '@offerstream/pipeline';
import { fingerprintOf } from '@offerstream/profile';
import type { TenantTable } from '@offerstream/tenancy';
import type { ReadEvent } from '../clickstream-record.js';

/**
 * Bytes → event. The tenant is the key's (a shop may write only under its own), the subject is the body's.
 *
 * @param reachEvent called with each event's name, a fault point
 */
export const decodeEvent = (
  tenants: Pick<TenantTable, 'get'>,
  reachEvent: (name: string) => void,
): Step<RawRecord, RawRecord, ReadEvent> =>
  function decodeEvent(record) {
    const read = readClickstreamEvent(record.value);
    if (!read.ok) return fail(read.reason, read.detail);
    const { event } = read;
    if (event.name !== undefined) reachEvent(event.name);

    const parts = record.key === null ? undefined : splitKey(record.key.toString());
    if (parts === undefined) return fail('bad-key', 'the key must be tenant:subject, the tenant of [a-z0-9-]{1,32}');
    const tenant = tenants.get(parts.tenant);
    if (tenant === undefined) return fail('unknown-tenant', `there is no tenant ${parts.tenant}`);

    const messageId = event.messageId ?? record.headers['ce_id']?.toString();
    if (messageId === undefined || messageId === '') return fail('invalid', 'messageId or the header ce_id is needed');
    if (Buffer.byteLength(messageId) > MAX_MESSAGE_ID_BYTES)
      return fail('invalid', `the header ce_id must have at most ${MAX_MESSAGE_ID_BYTES} bytes`);
    const happenedMs = event.timestampMs ?? parseTime(record.headers['ce_time']?.toString() ?? '');
    const origin = readStrayOrigin(record.headers, record.appendedAt);
    const timeMs = eventTime(happenedMs, origin?.appendedAt ?? record.appendedAt);
    return ok({
      tenant,
      subject: event.subject,
      key: subjectKey(tenant.id, event.subject),
      messageId,
      fingerprint: fingerprintOf(hash64(messageId)),
      origin,
      timeMs,
      consent: event.consent,
      offerEach: isOfferEach(record),
      interactions: event.interactions.map(({ item, action }) => ({ itemHash: itemHash(tenant.id, item), action })),
      query: event.query,
      outcome: outcomeOfEvent(event, tenant.id, messageId, timeMs),
    });
  };

export const isOfferEach = (record: RawRecord): boolean => record.headers[OFFER_HEADER]?.toString() === OFFER_EACH;
