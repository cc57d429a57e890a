import { CLOUD_EVENT_TYPES, cloudEventHeaders, type KafkaHeaders } from './cloud-events.js';
import type { SubjectId, TenantId } from './ids.js';

/**
 * CloudEvents headers of a `clickstream` record.
 *
 * @param event.timeMs when it happened, see `eventTime`
 */
export const clickstreamHeaders = (event: {
  readonly tenant: TenantId;
  readonly subject: SubjectId;
  readonly messageId: string;
  readonly timeMs: number;
}): KafkaHeaders =>
  cloudEventHeaders({
    id: event.messageId,
    source: `/tenants/${event.tenant}`,
    type: CLOUD_EVENT_TYPES.clickstream,
    time: new Date(event.timeMs).toISOString(),
    subject: event.subject,
  });
