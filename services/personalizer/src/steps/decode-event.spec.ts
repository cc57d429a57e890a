import { strayHeaders, type KafkaHeaders } from '@offerstream/contracts';
import type { RawRecord, RecordHeaders } from '@offerstream/kafka';
import { TenantTable } from '@offerstream/tenancy';
import { batchOf, call, DEMO, hashOf, keyOf, NOW_MS, record, tenant } from '../shop.fixture.js';
import { decodeEvent, isOfferEach } from './decode-event.js';

const tenants = new TenantTable();
tenants.apply(DEMO, Buffer.from(JSON.stringify(tenant())));

const decode = (raw: RawRecord, reach: (name: string) => void = () => undefined) =>
  decodeEvent(tenants, reach)(raw, raw, batchOf([]));

const bytesOf = (headers: KafkaHeaders): RecordHeaders =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]));

describe('decoding an event', () => {
  it('takes the tenant from the key, the subject from the body, and hashes what models know by hash', () => {
    expect(decode(record({ key: Buffer.from('demo:somebody else') }))).toEqual({
      kind: 'ok',
      value: {
        tenant: tenant(),
        subject: 'anna',
        key: keyOf('anna'),
        messageId: 'm-1',
        fingerprint: expect.any(Number) as number,
        origin: undefined,
        timeMs: NOW_MS - 1_000,
        consent: false,
        offerEach: false,
        interactions: [{ itemHash: hashOf('shoe'), action: 1 }],
        outcome: undefined,
      },
    });
  });

  it('reads what it says of an offer, under the messageId and at the time that it has on the topic', () => {
    const value = call({ messageId: undefined, timestamp: undefined, event: 'Order Completed', properties: {} });
    const headers = { ce_id: Buffer.from('m-9') };
    expect(decode(record({ value, headers }))).toMatchObject({
      value: {
        outcome: {
          id: 'm-9',
          tenant: DEMO,
          subject: 'anna',
          type: 'purchase',
          occurredAt: new Date(NOW_MS).toISOString(),
        },
      },
    });
  });

  it('gives equal messageIds equal fingerprints of 48 bits, and others others', () => {
    const fingerprint = (messageId: string): number => {
      const result = decode(record({ value: call({ messageId }) }));
      return result.kind === 'ok' ? result.value.fingerprint : NaN;
    };
    expect(fingerprint('m-1')).toBe(fingerprint('m-1'));
    expect(fingerprint('m-1')).not.toBe(fingerprint('m-2'));
    expect(fingerprint('m-1')).toBeLessThan(2 ** 48);
  });

  it.each([
    ['at its own time', '2026-11-24T09:00:00Z', undefined, NOW_MS - 3_600_000],
    ['in 1970', '1970-01-01T00:00:00.000Z', undefined, 0],
    ['before 1970', '1869-01-01T00:00:00.000Z', undefined, 0],
    ['in 9999: not after its receipt', '9999-12-31T23:59:59.999Z', undefined, NOW_MS],
    ['when ce_time says, if the body does not', undefined, '2026-11-24T09:59:00Z', NOW_MS - 60_000],
    ['at receipt, if nothing says', undefined, undefined, NOW_MS],
    ['at receipt, if ce_time is no time', undefined, 'yesterday', NOW_MS],
  ])('happened %s', (_, timestamp, ceTime, timeMs) => {
    const headers = ceTime === undefined ? {} : { ce_time: Buffer.from(ceTime) };
    expect(decode(record({ value: call({ timestamp }), headers }))).toMatchObject({ value: { timeMs } });
  });

  it.each([
    ['no-value', record({ value: null })],
    ['undecodable', record({ value: Buffer.from('{"type":') })],
    ['undecodable', record({ value: Buffer.from([0, 159, 146, 150]) })],
    ['too-large', record({ value: call({ padding: 'x'.repeat(40_000) }) })],
    ['no-subject', record({ value: call({ userId: undefined }) })],
    ['invalid', record({ value: call({ properties: [] }) })],
    ['invalid', record({ value: call({ userId: '\ud800' }) })],
    ['bad-key', record({ key: null })],
    ['bad-key', record({ key: Buffer.from('anna') })],
    ['bad-key', record({ key: Buffer.from('Demo:anna') })],
    ['unknown-tenant', record({ key: Buffer.from('other:anna') })],
    ['invalid', record({ value: call({ messageId: undefined }) })],
    ['invalid', record({ value: call({ messageId: undefined }), headers: { ce_id: null } })],
    ['invalid', record({ value: call({ messageId: undefined }), headers: { ce_id: Buffer.alloc(0) } })],
    ['invalid', record({ value: call({ messageId: undefined }), headers: { ce_id: Buffer.alloc(201, 'x') } })],
  ])('fails as %s', (reason, raw) => {
    expect(decode(raw)).toMatchObject({ kind: 'fail', reason, detail: expect.stringMatching(/./) as string });
  });

  it('takes the messageId of the header where the body has none, and the body’s where it has', () => {
    const headers = { ce_id: Buffer.from('c-1') };
    expect(decode(record({ value: call({ messageId: undefined }), headers }))).toMatchObject({
      value: { messageId: 'c-1' },
    });
    expect(decode(record({ headers }))).toMatchObject({ value: { messageId: 'm-1' } });
  });

  it('takes a record that was sent home for received when it first came', () => {
    const headers = strayHeaders({ partition: 3, offset: 17, appendedAt: NOW_MS - 60_000 });
    const read = (timestamp: string | undefined) =>
      decode(record({ value: call({ timestamp }), headers: bytesOf(headers) }));
    const origin = { partition: 3, offset: 17, appendedAt: NOW_MS - 60_000 };
    expect(read('9999-12-31T23:59:59.999Z')).toMatchObject({ value: { timeMs: NOW_MS - 60_000, origin } });
    expect(read(undefined)).toMatchObject({ value: { timeMs: NOW_MS - 60_000, origin } });
  });

  it('pays no heed to headers of a stray that are not whole', () => {
    const headers = bytesOf({ ...strayHeaders({ partition: 3, offset: 17, appendedAt: 1 }), 'stray-offset': 'x' });
    expect(decode(record({ headers }))).toMatchObject({ value: { timeMs: NOW_MS - 1_000, origin: undefined } });
  });

  it('reads that an event wants an offer of its own', () => {
    const each = record({ headers: { offer: Buffer.from('each') } });
    expect(decode(each)).toMatchObject({ value: { offerEach: true } });
    expect([each, record(), record({ headers: { offer: Buffer.from('some') } })].map(isOfferEach)).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('passes a fault point named after the event', () => {
    const reached: string[] = [];
    decode(record(), (name) => reached.push(name));
    decode(record({ value: call({ type: 'identify', event: undefined }) }), (name) => reached.push(name));
    expect(reached).toEqual(['Product Viewed']);
  });
});
