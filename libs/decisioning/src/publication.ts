import { userVectorSchema, type PlacementId } from '@offerstream/contracts';

interface Content {
  /** 32 hexadecimal digits. */
  readonly id: string;
  /** When the event that caused it happened, ms since 1970. */
  readonly timeMs: number;
  readonly value: Buffer;
}

export interface OfferMessage extends Content {
  readonly topic: 'offers';
  /** Undefined where it was stored in format 1. */
  readonly terms?: OfferTerms;
}

/** What decides whether an offer can still be shown as it is, so that a reader need not parse it. */
export interface OfferTerms {
  /** Milliseconds since 1970. */
  readonly validUntilMs: number;
  /** Hashes of its items. */
  readonly items: readonly bigint[];
}

export interface VectorMessage extends Content {
  readonly topic: 'user-vectors';
  /** The name of the model whose vector it is. */
  readonly model: string;
}

/** What a visit publishes: an offer a placement, a vector a model. */
export type Message = OfferMessage | VectorMessage;

/** Format 1 is without the terms of offers. */
const FORMAT = 2;
const FORMATS: readonly (number | undefined)[] = [1, FORMAT];
const TOPIC_CODES = ['offers', 'user-vectors'] as const;
/** Topic, id, time, length of the value. */
const MESSAGE_HEADER_BYTES = 1 + 16 + 8 + 4;
/** Until when, how many items. Where there are no terms: 0 and none. */
const TERMS_HEADER_BYTES = 8 + 2;
const ITEM_BYTES = 8;

/** A corrupt stored publication. */
export class CorruptPublication extends Error {
  readonly code = 'corrupt-publication';
  readonly canRetry = false;

  constructor() {
    super(
      "A stored publication can't be read. Start the personalizer with REBUILD=<a word that was not used before> to fold the topic again.",
    );
    this.name = 'CorruptPublication';
  }
}

/** The messages as stored, so that a redelivery publishes the same bytes. */
export const encodePublication = (messages: readonly Message[]): Buffer => {
  const size = messages.reduce((sum, message) => sum + sizeOf(message), 1);
  const bytes = Buffer.allocUnsafe(size);
  let at = bytes.writeUInt8(FORMAT, 0);
  for (const message of messages) {
    const { topic, id, timeMs, value } = message;
    at = bytes.writeUInt8(TOPIC_CODES.indexOf(topic), at);
    at += bytes.write(id, at, 'hex');
    at = bytes.writeDoubleLE(timeMs, at);
    at = bytes.writeUInt32LE(value.length, at);
    if (topic === 'offers') {
      const { validUntilMs, items } = message.terms ?? NO_TERMS;
      at = bytes.writeDoubleLE(validUntilMs, at);
      at = bytes.writeUInt16LE(items.length, at);
      for (const item of items) at = bytes.writeBigInt64LE(item, at);
    }
    at += value.copy(bytes, at);
  }
  return bytes;
};

const NO_TERMS: OfferTerms = { validUntilMs: 0, items: [] };

const sizeOf = (message: Message): number =>
  MESSAGE_HEADER_BYTES +
  message.value.length +
  (message.topic === 'offers' ? TERMS_HEADER_BYTES + ITEM_BYTES * (message.terms ?? NO_TERMS).items.length : 0);

/** @throws CorruptPublication */
export const decodePublication = (bytes: Buffer): Message[] =>
  Array.from(storedMessages(bytes), ({ topic, at, value, termsAt }): Message => {
    const content = { id: bytes.toString('hex', at + 1, at + 17), timeMs: bytes.readDoubleLE(at + 17), value };
    return topic === 'offers'
      ? { topic, ...content, ...termsIn(bytes, termsAt) }
      : { topic, ...content, model: modelOf(value) };
  });

/**
 * The newest offer of a placement, as JSON with its terms; undefined where the publication has none. Reads nothing else of the
 * publication.
 *
 * @throws CorruptPublication
 */
export const publishedOffer = (
  bytes: Buffer,
  placement: PlacementId,
): Pick<OfferMessage, 'value' | 'terms'> | undefined => {
  // Quotes within JSON strings are escaped, so this stands nowhere but in an offer of the placement.
  const mark = `"placement":"${placement}"`;
  for (const { topic, value, termsAt } of storedMessages(bytes))
    if (topic === 'offers' && value.includes(mark)) return { value, ...termsIn(bytes, termsAt) };
  return undefined;
};

interface StoredMessage {
  readonly topic: Message['topic'];
  /** Where it begins. */
  readonly at: number;
  readonly value: Buffer;
  /** Where its terms begin, if it has any. */
  readonly termsAt: number | undefined;
}

function* storedMessages(bytes: Buffer): Generator<StoredMessage> {
  const format = bytes[0];
  if (!FORMATS.includes(format)) throw new CorruptPublication();
  let at = 1;
  while (at < bytes.length) {
    const topic = TOPIC_CODES[bytes[at] ?? -1];
    if (topic === undefined) throw new CorruptPublication();
    const termsAt = topic === 'offers' && format === FORMAT ? at + MESSAGE_HEADER_BYTES : undefined;
    const headerEnd = termsAt === undefined ? at + MESSAGE_HEADER_BYTES : termsAt + TERMS_HEADER_BYTES;
    if (headerEnd > bytes.length) throw new CorruptPublication();
    const valueAt = headerEnd + (termsAt === undefined ? 0 : ITEM_BYTES * bytes.readUInt16LE(termsAt + 8));
    const end = valueAt + bytes.readUInt32LE(at + 25);
    if (end > bytes.length) throw new CorruptPublication();
    yield { topic, at, value: bytes.subarray(valueAt, end), termsAt };
    at = end;
  }
}

const termsIn = (bytes: Buffer, at: number | undefined): { readonly terms?: OfferTerms } => {
  const validUntilMs = at === undefined ? 0 : bytes.readDoubleLE(at);
  if (at === undefined || validUntilMs === 0) return {};
  const items = Array.from({ length: bytes.readUInt16LE(at + 8) }, (_, index) =>
    bytes.readBigInt64LE(at + TERMS_HEADER_BYTES + index * ITEM_BYTES),
  );
  return { terms: { validUntilMs, items } };
};

const modelOf = (vector: Buffer): string => userVectorSchema.parse(JSON.parse(vector.toString())).model.name;
