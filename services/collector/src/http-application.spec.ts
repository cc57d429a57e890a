import { gzipSync } from 'node:zlib';
import { ConsoleLogger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { MAX_BATCH_BYTES, MAX_BATCH_EVENTS, MAX_EVENT_BYTES } from '@offerstream/contracts';
import { KafkaUnavailable, ProducerFull, type ProducerRecord } from '@offerstream/kafka';
import { hashApiKey, TenantTable } from '@offerstream/tenancy';
import { Registry } from 'prom-client';
import { Collect } from './collect.js';
import { CollectorMetrics } from './collector-metrics.js';
import { createHttpApplication } from './http-application.js';
import { eventKey } from './event-key.js';

const RECEIVED = '2026-11-24T12:00:00.000Z';
const KEY = 'the-key';
const view = { event: 'Product Viewed', userId: 'anna', messageId: 'm-1', properties: { product_id: 'p' } };

let application: NestFastifyApplication;
let metrics: Registry;
let written: ProducerRecord[];
let failure: Error | undefined;
let areKnown = true;

beforeAll(async () => {
  const tenants = new TenantTable();
  // As version 0.1 wrote it.
  const record = { id: 'demo', writeKeyHashes: [hashApiKey(KEY)], placements: [], consent: 'assumed' };
  expect(tenants.apply('demo', Buffer.from(JSON.stringify(record)))).toBeUndefined();
  metrics = new Registry();
  const collectorMetrics = new CollectorMetrics(metrics);
  let made = 0;
  const collect = new Collect({
    sink: {
      sendAll: (records) => {
        if (failure !== undefined) return Promise.reject(failure);
        written.push(...records);
        return Promise.resolve();
      },
    },
    writeKeys: {
      get areKnown() {
        return areKnown;
      },
      tenantOf: (key) => eventKey(tenants.keys, key, Date.parse(RECEIVED))?.tenant,
    },
    topics: { clickstream: 'clickstream', failed: 'failed' },
    metrics: collectorMetrics,
    now: () => Date.parse(RECEIVED),
    newMessageId: () => `made-${++made}`,
  });
  application = await createHttpApplication(collect, collectorMetrics, new ConsoleLogger({ logLevels: ['fatal'] }));
  await application.init();
  await application.getHttpAdapter().getInstance().ready();
});
afterAll(() => application.close());
beforeEach(() => {
  written = [];
  failure = undefined;
});

const post = async (
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = { authorization: `Basic ${Buffer.from(`${KEY}:`).toString('base64')}` },
) => {
  const payload = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const response = await application.inject({
    method: 'POST',
    url: `/v1/${path}`,
    payload,
    headers: { 'content-type': 'application/json', ...headers },
  });
  return { status: response.statusCode, headers: response.headers, body: JSON.parse(response.body) as unknown };
};
const valueOf = (record: ProducerRecord | undefined) => JSON.parse(String(record?.value)) as Record<string, unknown>;

describe('Segment’s HTTP API', () => {
  it('answers 200 after the record was taken, keyed by tenant and subject, with CloudEvents headers', async () => {
    expect(await post('track', view)).toMatchObject({ status: 200, body: { success: true } });
    expect(written).toHaveLength(1);
    expect(written[0]).toMatchObject({
      topic: 'clickstream',
      key: 'demo:anna',
      headers: { ce_id: 'm-1', ce_time: RECEIVED, ce_source: '/tenants/demo', 'content-type': 'application/json' },
    });
    expect(written[0]?.headers).not.toHaveProperty('offer');
    expect(valueOf(written[0])).toEqual({ ...view, type: 'track', timestamp: RECEIVED, receivedAt: RECEIVED });
  });

  it.each([
    ['track', view],
    ['page', { userId: 1, name: 'Home' }],
    ['screen', { anonymousId: 'a' }],
    ['identify', { userId: 1, traits: {} }],
    ['group', { userId: 1, groupId: 2 }],
    ['alias', { userId: 1, previousId: 'a' }],
  ])('takes %s', async (call, event) => {
    expect(await post(call, event)).toMatchObject({ status: 200, body: { success: true } });
    expect(valueOf(written[0])).toMatchObject({ ...event, type: call, messageId: expect.any(String) as string });
  });

  it('takes a write key from the body, and does not write it down', async () => {
    expect((await post('track', { ...view, writeKey: KEY }, {})).status).toBe(200);
    expect((await post('batch', { batch: [{ ...view, type: 'track' }], writeKey: KEY }, {})).status).toBe(200);
    expect(written.map(({ value }) => String(value)).join('')).not.toContain(KEY);
  });

  it.each([
    ['no key', view, {}],
    ['an unknown key', { ...view, writeKey: 'other' }, {}],
    ['an unknown key beside a good body', view, { authorization: 'Basic b3RoZXI6' }],
  ])('answers 401 to %s', async (_, body, headers) => {
    expect(await post('track', body, headers)).toMatchObject({ status: 401, body: { success: false } });
    expect(written).toEqual([]);
  });

  it('marks the records of an import that wants an offer for each event, and of no other request', async () => {
    const headers = { authorization: `Basic ${Buffer.from(`${KEY}:`).toString('base64')}` };
    const each = { ...headers, 'x-offerstream-offer': 'each' };
    const batch = [
      { ...view, type: 'track' },
      { ...view, type: 'track', userId: null },
    ];
    await post('import', { batch }, each);
    expect(written.map(({ topic, headers }) => [topic, headers?.['offer']])).toEqual([
      ['clickstream', 'each'],
      ['failed', 'each'],
    ]);

    written = [];
    await post('import', { batch }, { ...headers, 'x-offerstream-offer': 'some' });
    await post('batch', { batch }, each);
    for (const route of ['track', 'page', 'screen', 'identify']) await post(route, view, each);
    await post('group', { ...view, groupId: 1 }, each);
    await post('alias', { ...view, previousId: 1 }, each);
    expect(written.map(({ headers }) => headers?.['offer'])).toEqual(Array(10).fill(undefined));
  });

  it.each([
    ['no-subject', { ...view, userId: '' }, 400],
    ['invalid', { ...view, properties: { product_id: [] } }, 400],
    ['invalid', [view], 400],
    ['too-large', { ...view, padding: 'x'.repeat(MAX_EVENT_BYTES) }, 413],
  ])('refuses one event with %s and keeps it on the failed topic', async (reason, event, status) => {
    const answer = await post('track', event);
    expect(answer).toMatchObject({ status, body: { success: false, message: expect.any(String) as string } });
    expect(written).toHaveLength(1);
    expect(written[0]).toMatchObject({
      topic: 'failed',
      key: expect.stringMatching(/^demo:/) as string,
      headers: { 'failed-step': 'collect', 'failed-reason': reason },
    });
  });

  it('takes the good events of a batch, in order, and reports and keeps each refused one', async () => {
    const track = { ...view, type: 'track' };
    const batch = [
      { ...track, messageId: 'a' },
      null,
      { ...track, userId: null, messageId: 'c' },
      { ...track, messageId: 'd' },
    ];
    const answer = await post('batch', { batch, sentAt: RECEIVED });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      success: true,
      message: '2 of 4 events were refused.',
      refused: [
        {
          index: 1,
          messageId: expect.stringMatching(/^made-/) as string,
          reason: 'invalid',
          message: expect.any(String) as string,
        },
        { index: 2, messageId: 'c', reason: 'no-subject', message: 'userId or anonymousId is needed' },
      ],
    });
    expect(written.map(({ topic, headers }) => [topic, headers?.['ce_id'] ?? headers?.['failed-reason']])).toEqual([
      ['clickstream', 'a'],
      ['failed', 'invalid'],
      ['failed', 'no-subject'],
      ['clickstream', 'd'],
    ]);
  });

  it('answers 400 to a batch of which nothing was taken, and 200 to an empty one', async () => {
    expect(await post('batch', { batch: [1, 2] })).toMatchObject({ status: 400, body: { success: false } });
    expect(written).toHaveLength(2);
    expect(await post('batch', { batch: [] })).toMatchObject({ status: 200, body: { success: true } });
  });

  it('keeps the timestamps of an import', async () => {
    const event = { ...view, type: 'track', timestamp: '2015-01-01T00:00:00Z' };
    expect((await post('import', { batch: [event], sentAt: '2016-01-01T00:00:00Z' })).status).toBe(200);
    expect((await post('batch', { batch: [event], sentAt: '2016-01-01T00:00:00Z' })).status).toBe(200);
    expect(written.map((record) => valueOf(record)['timestamp'])).toEqual([
      '2015-01-01T00:00:00Z',
      '2025-11-24T12:00:00.000Z',
    ]);
  });

  it('merges the context of a batch into its events', async () => {
    await post('batch', { context: { ip: '::1' }, batch: [{ ...view, type: 'track', context: { page: {} } }] });
    expect(valueOf(written[0])['context']).toEqual({ ip: '::1', page: {} });
  });

  it.each([
    ['{"userId":', 400],
    ['', 400],
    ['7', 400],
    ['null', 400],
    [Buffer.from('{"batch":[],"not UTF-8":"\xff"}', 'latin1'), 400],
    [JSON.stringify({ batch: { 0: view } }), 400],
    [JSON.stringify({ batch: [], padding: 'x'.repeat(MAX_BATCH_BYTES) }), 413],
    [JSON.stringify({ batch: Array.from({ length: MAX_BATCH_EVENTS + 1 }, () => 0) }), 413],
  ])('answers a body that can’t be taken as a whole, and writes nothing, body %#', async (body, status) => {
    expect(await post('batch', body)).toMatchObject({
      status,
      body: { success: false, message: expect.any(String) as string },
    });
    expect(written).toEqual([]);
  });

  it('takes gzip, and bounds what it unpacks to', async () => {
    const authorization = `Basic ${Buffer.from(`${KEY}:`).toString('base64')}`;
    const headers = { authorization, 'content-encoding': 'gzip' };
    expect((await post('track', gzipSync(JSON.stringify(view)), headers)).status).toBe(200);
    expect((await post('track', gzipSync('x'.repeat(MAX_BATCH_BYTES + 1)), headers)).status).toBe(413);
    expect((await post('track', 'not gzip', headers)).status).toBe(400);
    expect((await post('track', view, { authorization, 'content-encoding': 'br' })).status).toBe(415);
    expect(written).toHaveLength(1);
  });

  it('takes bodies whatever type they say, as browsers send text/plain', async () => {
    expect((await post('track', { ...view, writeKey: KEY }, { 'content-type': 'text/plain' })).status).toBe(200);
    const bare = await application.inject({
      method: 'POST',
      url: '/v1/track',
      payload: JSON.stringify({ ...view, writeKey: KEY }),
    });
    expect(bare.statusCode).toBe(200);
  });

  it('lets browsers of every origin in', async () => {
    const preflight = await application.inject({
      method: 'OPTIONS',
      url: '/v1/track',
      headers: {
        origin: 'https://shop.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    expect(preflight.statusCode).toBe(204);
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'authorization,content-type',
    });
    expect((await post('track', view)).headers).toMatchObject({ 'access-control-allow-origin': '*' });
  });

  it.each([
    [503, new KafkaUnavailable('away')],
    [429, new ProducerFull(1, 1)],
  ])('answers %i with Retry-After when nothing was acknowledged', async (status, error) => {
    failure = error;
    const answer = await post('track', view);
    expect(answer).toMatchObject({ status, headers: { 'retry-after': '1' }, body: { success: false } });
    expect(await post('track', { ...view, userId: null })).toMatchObject({ status });
  });

  it('answers 503, not 401, until the write keys are known', async () => {
    areKnown = false;
    const answer = await post('track', view, {});
    areKnown = true;
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  });

  it('answers 500 to a bug, without its details', async () => {
    failure = new TypeError('inner detail');
    const answer = await post('track', view);
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer.body)).not.toContain('inner detail');
  });

  it('answers JSON where there is nothing', async () => {
    expect(await post('nothing', view)).toMatchObject({ status: 404, body: { success: false } });
  });

  it('survives 1,000 odd bodies, each answered in JSON and either taken or refused', async () => {
    let seed = 11;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const good = JSON.stringify({
      batch: [{ ...view, type: 'track', timestamp: RECEIVED, context: { page: { url: 'é' } } }],
      sentAt: RECEIVED,
      context: { ip: '::1' },
    });
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      '"',
      ',',
      ':',
      '\\',
      '\\u0000',
      'null',
      '1e999',
      '"__proto__":{"x":1},',
      '"batch":[',
      '\xff',
    ];
    for (let round = 0; round < 1000; round++) {
      const at = random(good.length);
      const cut = random(12);
      const odd = good.slice(0, at) + (pieces[random(pieces.length)] ?? '') + good.slice(at + cut);
      const body = random(4) === 0 ? Buffer.from(odd, 'latin1') : Buffer.from(odd);
      const answer = await post(['batch', 'track', 'import', 'alias'][random(4)] ?? 'batch', body);
      expect([200, 400, 401, 413]).toContain(answer.status);
      expect(answer.body).toHaveProperty('success', answer.status === 200);
    }
    for (const record of written) {
      if (record.topic === 'clickstream') expect(valueOf(record)).toMatchObject({ receivedAt: RECEIVED });
    }
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    expect((await post('track', view)).status).toBe(200);
  });

  it('counts events by what became of them', async () => {
    metrics.resetMetrics();
    await post('batch', { batch: [{ ...view, type: 'track' }, 1] });
    await post('track', '{');
    const text = await metrics.metrics();
    expect(text).toContain('collector_events_total{result="accepted"} 1');
    expect(text).toContain('collector_events_total{result="invalid"} 1');
    expect(text).toContain('collector_requests_total{status="400"} 1');
  });
});
