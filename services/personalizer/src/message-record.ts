import {
  CLOUD_EVENT_TYPES,
  cloudEventHeaders,
  vectorKey,
  type SubjectId,
  type SubjectKey,
  type TenantId,
  type TopicName,
} from '@offerstream/contracts';
import type { Message } from '@offerstream/decisioning';
import type { ProducerRecord } from '@offerstream/kafka';

/** The message as a record of its topic. All of a shopper's records lie in the partition of the shopper's key. */
export const recordOf = (
  message: Message,
  shopper: { readonly tenant: TenantId; readonly subject: SubjectId; readonly key: SubjectKey },
  topicName: (topic: TopicName) => string,
): ProducerRecord => ({
  topic: topicName(message.topic),
  key: message.topic === 'offers' ? shopper.key : vectorKey(shopper.tenant, message.model, shopper.subject),
  partitionKey: shopper.key,
  value: message.value,
  headers: cloudEventHeaders({
    id: message.id,
    source: `/tenants/${shopper.tenant}`,
    type: message.topic === 'offers' ? CLOUD_EVENT_TYPES.offer : CLOUD_EVENT_TYPES.userVector,
    time: new Date(message.timeMs).toISOString(),
    subject: shopper.subject,
  }),
});
