import { z } from 'zod';

/** The calls of Segment's specification that stand on `clickstream`; a `batch` is only a way to send them. */
export const CALL_TYPES = ['track', 'page', 'screen', 'identify', 'group', 'alias'] as const;
export type CallType = (typeof CALL_TYPES)[number];

const CALL_TYPE_SET: ReadonlySet<unknown> = new Set(CALL_TYPES);
export const isCallType = (value: unknown): value is CallType => CALL_TYPE_SET.has(value);

/** Limits of Segment's HTTP API. An event counts as it stands on the topic. */
export const MAX_EVENT_BYTES = 32 * 1024;
export const MAX_BATCH_BYTES = 500 * 1024;
export const MAX_BATCH_EVENTS = 2500;

export const MAX_MESSAGE_ID_BYTES = 200;

const id = z.union([z.string(), z.number()]);
const fields = z.looseObject({});
const time = z.iso.datetime({ offset: true });

const common = {
  /** Numbers are read as texts. One of `userId` and `anonymousId` is needed; the subject is the first that is there. */
  userId: id.nullish(),
  anonymousId: id.nullish(),
  /** The same in every copy of the event; where it is missing, the header `ce_id` holds it. */
  messageId: id.nullish(),
  /** When it happened, corrected for the sender's clock; where it is missing, it happened at receipt. */
  timestamp: time.nullish(),
  context: fields.nullish(),
};

/** Value of `clickstream`, key = tenant:subject: a Segment call. Unknown fields pass through. */
export const segmentCallSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('track'), event: z.string().min(1), properties: fields.nullish(), ...common }),
  z.looseObject({ type: z.literal('page'), name: z.string().nullish(), properties: fields.nullish(), ...common }),
  z.looseObject({ type: z.literal('screen'), name: z.string().nullish(), properties: fields.nullish(), ...common }),
  z.looseObject({ type: z.literal('identify'), traits: fields.nullish(), ...common }),
  z.looseObject({ type: z.literal('group'), groupId: id, traits: fields.nullish(), ...common }),
  z.looseObject({ type: z.literal('alias'), previousId: id, ...common, userId: id }),
]);
