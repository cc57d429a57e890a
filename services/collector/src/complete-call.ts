import {
  eventTime,
  MAX_EVENT_BYTES,
  parseTime,
  readSegmentCall,
  type CallType,
  type ClickstreamEvent,
  type FailReason,
} from '@offerstream/contracts';
import { memberSpan, membersWithout, type Span } from './json-members.js';

/** RFC 3339, and the same in ms since 1970. */
export interface Moment {
  readonly text: string;
  readonly ms: number;
}

/** What a request says for all of its events. */
export interface Envelope {
  readonly received: Moment;
  /** Moves `timestamp` by the difference between the sender's clock and ours. Not for history, see `import`. */
  readonly correctsClock: boolean;
  /** What the route says; in a batch each event says it itself. */
  readonly type: CallType | undefined;
  /** Of all its events; else each may say it itself. */
  readonly sent: Moment | undefined;
  /** Where the whole body has `context` and `integrations`, with which those of each event are merged. */
  readonly shared: Readonly<Partial<Record<'context' | 'integrations', Span>>>;
  readonly newMessageId: () => string;
}

/** An event as it goes on the topic. */
export interface CompleteCall {
  readonly ok: true;
  readonly event: ClickstreamEvent;
  readonly messageId: string;
  readonly timeMs: number;
  readonly value: Buffer;
}

/** An event that is refused, as complete as it can be. */
export interface RefusedCall {
  readonly ok: false;
  readonly reason: FailReason;
  readonly detail: string;
  readonly messageId: string;
  readonly value: Buffer;
}

const SHARED = ['context', 'integrations'] as const;

/**
 * Adds to an event what it has from its request, as Segment documents: `type`, `messageId`, `sentAt`, `receivedAt`,
 * `timestamp` = receivedAt − (sentAt − timestamp) and `originalTimestamp`. The write key is taken out, everything else
 * stays as it came.
 * Source: segment.com/docs/connections/spec/common, "Timestamps".
 *
 * @param text the JSON that holds the event
 * @param span where the event stands in it
 * @param call the same, parsed
 */
export const completeCall = (
  text: string,
  span: Span,
  call: unknown,
  envelope: Envelope,
): CompleteCall | RefusedCall => {
  if (!isFields(call)) {
    const value = Buffer.from(text.slice(span.start, span.end));
    return {
      ok: false,
      reason: 'invalid',
      detail: 'the event must be a JSON object',
      messageId: envelope.newMessageId(),
      value,
    };
  }
  const result = readSegmentCall(call, envelope.type ?? call['type']);
  const { received, sent } = envelope;
  const added = new Map<string, string>([['receivedAt', `"${received.text}"`]]);

  if (envelope.type !== undefined) added.set('type', `"${envelope.type}"`);
  const givenId = result.ok ? result.event.messageId : idText(call['messageId']);
  const messageId = givenId ?? envelope.newMessageId();
  if (givenId === undefined) added.set('messageId', JSON.stringify(messageId));
  if (sent !== undefined) added.set('sentAt', `"${sent.text}"`);

  let timeMs = received.ms;
  if (result.ok) {
    const { timestampMs } = result.event;
    const sentMs = envelope.correctsClock ? (sent?.ms ?? readMoment(call['sentAt'])?.ms) : undefined;
    if (timestampMs === undefined) {
      added.set('timestamp', `"${received.text}"`);
    } else if (sentMs === undefined) {
      timeMs = eventTime(timestampMs, received.ms);
    } else {
      timeMs = eventTime(received.ms - (sentMs - timestampMs), received.ms);
      added.set('timestamp', `"${new Date(timeMs).toISOString()}"`);
      added.set('originalTimestamp', JSON.stringify(call['timestamp']));
    }
  }
  for (const name of SHARED) {
    const shared = envelope.shared[name];
    if (shared !== undefined) mergeShared(text, span, call, name, shared, added);
  }

  const kept = membersWithout(text, span.start, (key) => key === 'writeKey' || added.has(key));
  let value = kept === '' ? '{' : `{${kept},`;
  let first = true;
  for (const [key, json] of added) {
    value += first ? `"${key}":${json}` : `,"${key}":${json}`;
    first = false;
  }
  const bytes = Buffer.from(`${value}}`);
  if (bytes.length > MAX_EVENT_BYTES) {
    const detail = `the event has ${bytes.length} bytes, at most ${MAX_EVENT_BYTES} are taken`;
    return { ok: false, reason: 'too-large', detail, messageId, value: bytes };
  }
  return result.ok
    ? { ok: true, event: result.event, messageId, timeMs, value: bytes }
    : { ok: false, reason: result.reason, detail: result.detail, messageId, value: bytes };
};

/** Undefined when the value is no RFC 3339 time. */
export const readMoment = (value: unknown): Moment | undefined => {
  const ms = typeof value === 'string' ? parseTime(value) : undefined;
  return ms === undefined ? undefined : { text: value as string, ms };
};

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const idText = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** The event's own members win over the request's. An event whose field is no object keeps it, and is refused for it. */
const mergeShared = (
  text: string,
  span: Span,
  call: Fields,
  name: 'context' | 'integrations',
  shared: Span,
  added: Map<string, string>,
): void => {
  const own = call[name] ?? undefined;
  if (own === undefined) {
    added.set(name, text.slice(shared.start, shared.end));
    return;
  }
  const ownSpan = isFields(own) ? memberSpan(text, span.start, name) : undefined;
  if (ownSpan === undefined) return;
  const parts = [
    membersWithout(text, shared.start, (key) => Object.hasOwn(own, key)),
    membersWithout(text, ownSpan.start, () => false),
  ];
  added.set(name, `{${parts.filter((part) => part !== '').join(',')}}`);
};
