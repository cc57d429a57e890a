import { topicOnBroker, usageKey, type TenantId, type Usage } from '@offerstream/contracts';
import { BatchingProducer, createKafka } from '@offerstream/kafka';
import type { ControlPlace } from '../running-control.fixture.js';

/** A record of `usage` as the gateway sends it, of the hour that begins at `window`. */
export const usageRecord = (
  tenant: string,
  window: string,
  counts: Usage['counts'],
  { source = 'gateway', epoch = 'a' } = {},
): Usage => ({ tenant: tenant as TenantId, source, epoch, window, counts });

/** Sends records of `usage`; text goes as it is. */
export const tellUsage = async (place: ControlPlace, records: readonly (Usage | string)[]): Promise<void> => {
  const { brokers, naming } = place;
  const producer = new BatchingProducer(createKafka({ brokers, naming, clientId: 'billing-spec' }));
  try {
    await producer.sendAll(
      records.map((record) => ({
        topic: topicOnBroker('usage', naming),
        key:
          typeof record === 'string'
            ? 'nobody:x:y:z'
            : usageKey(record.tenant, record.source, record.epoch, record.window),
        value: typeof record === 'string' ? record : JSON.stringify(record),
        headers: {},
      })),
    );
  } finally {
    await producer.disconnect();
  }
};
