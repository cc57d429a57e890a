import { clickstreamHeaders } from './clickstream-headers.js';
import type { SubjectId, TenantId } from './ids.js';

it('writes the CloudEvents attributes of a clickstream record as Kafka headers', () => {
  expect(
    clickstreamHeaders({ tenant: 'demo' as TenantId, subject: 'anna' as SubjectId, messageId: 'm-1', timeMs: 0 }),
  ).toEqual({
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_id: 'm-1',
    ce_source: '/tenants/demo',
    ce_type: 'offerstream.clickstream.v1',
    ce_time: '1970-01-01T00:00:00.000Z',
    ce_subject: 'anna',
  });
});
