import { isUtf8 } from 'node:buffer';
import {
  clickstreamHeaders,
  failedHeaders,
  MAX_BATCH_EVENTS,
  OFFER_EACH,
  OFFER_HEADER,
  subjectKey,
  type CallType,
  type KafkaHeaders,
  type TenantId,
} from '@offerstream/contracts';
import { KafkaUnavailable, ProducerFull, type ProducerRecord } from '@offerstream/kafka';
import { completeCall, readMoment, type CompleteCall, type Envelope, type RefusedCall } from './complete-call.js';
import type { CollectorMetrics } from './collector-metrics.js';
import { elementSpans, memberSpan, skipSpace, type Span } from './json-members.js';
import { readWriteKey } from './read-write-key.js';

/** Where records go: resolves when Kafka has acknowledged all of them. Throws `ProducerFull` and `KafkaUnavailable`. */
export interface RecordSink {
  sendAll(records: readonly ProducerRecord[]): Promise<void>;
}

export interface KnownKeys {
  /** False until every key is known: then an unknown one can't be told from one that is not known yet. */
  readonly areKnown: boolean;
  tenantOf(writeKey: string): TenantId | undefined;
}

export interface CollectRequest {
  readonly route: CallType | 'batch' | 'import';
  /** Decompressed. */
  readonly body: Buffer;
  /** The header `Authorization`. */
  readonly authorization: string | undefined;
  /** Every event of the request must have an offer of its own. */
  readonly offerEach: boolean;
}

export interface Answer {
  readonly status: 200 | 400 | 401 | 413 | 429 | 503;
  /** JSON. */
  readonly body: string;
  readonly retryAfterSeconds?: number;
}

export interface CollectParts {
  readonly sink: RecordSink;
  readonly writeKeys: KnownKeys;
  /** Names on the broker. */
  readonly topics: { readonly clickstream: string; readonly failed: string };
  readonly metrics: CollectorMetrics;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly newMessageId: () => string;
}

const ACCEPTED: Answer = { status: 200, body: '{"success":true}' };
const RETRY_AFTER_SECONDS = 1;
const STEP = 'collect';

const refusal = (status: Answer['status'], message: string): Answer => ({
  status,
  body: JSON.stringify({ success: false, message }),
});

/**
 * Takes a request of Segment's HTTP API. Its events are on `clickstream` when the answer is 200, but for those that the
 * answer lists as refused; these are on `clickstream-failed`.
 */
export class Collect {
  constructor(private readonly parts: CollectParts) {}

  async collect({ route, body, authorization, offerEach }: CollectRequest): Promise<Answer> {
    if (!this.parts.writeKeys.areKnown) return tryAgain(503, 'The collector is starting. Send again later.');
    if (!isUtf8(body)) return refusal(400, 'The body is not UTF-8.');
    const text = body.toString();
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch (error) {
      return refusal(400, `The body is not JSON: ${(error as SyntaxError).message}`);
    }
    if (typeof parsed !== 'object' || parsed === null) return refusal(400, 'The body must be a JSON object.');
    const fields = parsed as Readonly<Record<string, unknown>>;

    const writeKey = readWriteKey(authorization, fields['writeKey']);
    const tenant = writeKey === undefined ? undefined : this.parts.writeKeys.tenantOf(writeKey);
    if (tenant === undefined) {
      return refusal(
        401,
        'Give a valid write key: as the user name of Basic authorization, or as writeKey in the body.',
      );
    }

    const start = skipSpace(text, 0);
    if (route !== 'batch' && route !== 'import') {
      const envelope = this.envelope({ type: route, correctsClock: true });
      return this.write(tenant, [completeCall(text, { start, end: text.length }, parsed, envelope)], offerEach, false);
    }

    const { batch } = fields;
    if (!Array.isArray(batch)) return refusal(400, 'batch must be a list of events.');
    if (batch.length > MAX_BATCH_EVENTS) {
      return refusal(413, `The batch has ${batch.length} events, at most ${MAX_BATCH_EVENTS} are taken.`);
    }
    const envelope = this.envelope({
      correctsClock: route === 'batch',
      sent: readMoment(fields['sentAt']),
      shared: sharedSpans(text, start, fields),
    });
    const spans = elementSpans(text, (memberSpan(text, start, 'batch') as Span).start);
    const calls = spans.map((span, index) => completeCall(text, span, batch[index], envelope));
    return this.write(tenant, calls, offerEach, true);
  }

  private envelope(parts: Partial<Envelope>): Envelope {
    const ms = this.parts.now();
    return {
      received: { text: new Date(ms).toISOString(), ms },
      newMessageId: this.parts.newMessageId,
      correctsClock: true,
      type: undefined,
      sent: undefined,
      shared: {},
      ...parts,
    };
  }

  private async write(
    tenant: TenantId,
    calls: readonly (CompleteCall | RefusedCall)[],
    offerEach: boolean,
    isBatch: boolean,
  ): Promise<Answer> {
    const { sink, metrics, topics } = this.parts;
    const records = calls.map((call) =>
      call.ok
        ? clickstreamRecord(topics.clickstream, tenant, call, offerEach)
        : failedRecord(topics.failed, tenant, call, offerEach),
    );
    try {
      await sink.sendAll(records);
    } catch (error) {
      if (error instanceof ProducerFull) return tryAgain(429, 'Too many events wait for Kafka. Send again later.');
      if (error instanceof KafkaUnavailable) return tryAgain(503, 'Kafka does not answer. Send again later.');
      throw error;
    }
    const refused = calls.flatMap((call, index) => (call.ok ? [] : [{ index, ...call }]));
    for (const { reason } of refused) metrics.refused(reason);
    metrics.accepted(calls.length - refused.length);
    const [first] = refused;
    if (first === undefined) return ACCEPTED;
    return isBatch
      ? batchAnswer(calls.length, refused)
      : refusal(first.reason === 'too-large' ? 413 : 400, first.detail);
  }
}

const tryAgain = (status: 429 | 503, message: string): Answer => ({
  ...refusal(status, message),
  retryAfterSeconds: RETRY_AFTER_SECONDS,
});

/** 200 as soon as one event was taken, as Segment has it: clients send a batch that is answered 400 no second time. */
const batchAnswer = (events: number, refused: readonly (RefusedCall & { readonly index: number })[]): Answer => ({
  status: refused.length < events ? 200 : 400,
  body: JSON.stringify({
    success: refused.length < events,
    message: `${refused.length} of ${events} events were refused.`,
    refused: refused.map(({ index, messageId, reason, detail }) => ({ index, messageId, reason, message: detail })),
  }),
});

const clickstreamRecord = (topic: string, tenant: TenantId, call: CompleteCall, offerEach: boolean): ProducerRecord => {
  const { subject } = call.event;
  const headers = clickstreamHeaders({ tenant, subject, messageId: call.messageId, timeMs: call.timeMs });
  return {
    topic,
    key: subjectKey(tenant, subject),
    value: call.value,
    headers: offerEach ? { ...headers, [OFFER_HEADER]: OFFER_EACH } : headers,
  };
};

/** Its key names the tenant, so that it can be sent again; the subject may be what is wrong. */
const failedRecord = (topic: string, tenant: TenantId, call: RefusedCall, offerEach: boolean): ProducerRecord => {
  const headers: KafkaHeaders = {
    'content-type': 'application/json',
    ...failedHeaders({ step: STEP, reason: call.reason, detail: call.detail }),
    ...(offerEach ? { [OFFER_HEADER]: OFFER_EACH } : {}),
  };
  return { topic, key: `${tenant}:${call.messageId}`, value: call.value, headers };
};

const sharedSpans = (text: string, start: number, fields: Readonly<Record<string, unknown>>): Envelope['shared'] => {
  const shared: Partial<Record<'context' | 'integrations', Span>> = {};
  for (const name of ['context', 'integrations'] as const) {
    const value = fields[name];
    if (typeof value !== 'object' || value === null || Array.isArray(value)) continue;
    const span = memberSpan(text, start, name);
    if (span !== undefined) shared[name] = span;
  }
  return shared;
};
