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
}

export interface VectorMessage extends Content {
  readonly topic: 'user-vectors';
  /** The name of the model whose vector it is. */
  readonly model: string;
}

/** What a visit publishes: an offer a placement, a vector a model. */
export type Message = OfferMessage | VectorMessage;

const FORMAT = 1;
const TOPIC_CODES = ['offers', 'user-vectors'] as const;
const MESSAGE_HEADER_BYTES = 1 + 16 + 8 + 4;

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
  const size = messages.reduce((sum, { value }) => sum + MESSAGE_HEADER_BYTES + value.length, 1);
  const bytes = Buffer.allocUnsafe(size);
  let at = bytes.writeUInt8(FORMAT, 0);
  for (const { topic, id, timeMs, value } of messages) {
    at = bytes.writeUInt8(TOPIC_CODES.indexOf(topic), at);
    at += bytes.write(id, at, 'hex');
    at = bytes.writeDoubleLE(timeMs, at);
    at = bytes.writeUInt32LE(value.length, at);
    at += value.copy(bytes, at);
  }
  return bytes;
};

/** @throws CorruptPublication */
export const decodePublication = (bytes: Buffer): Message[] =>
  Array.from(storedContents(bytes), ({ topic, id, timeMs, value }) =>
    topic === 'offers' ? { topic, id, timeMs, value } : { topic, id, timeMs, value, model: modelOf(value) },
  );

/**
 * The newest offer of a placement, as JSON; undefined where the publication has none. Reads nothing else of the publication.
 *
 * @throws CorruptPublication
 */
export const publishedOffer = (bytes: Buffer, placement: PlacementId): Buffer | undefined => {
  // Quotes within JSON strings are escaped, so this stands nowhere but in an offer of the placement.
  const mark = `"placement":"${placement}"`;
  for (const { topic, value } of storedContents(bytes)) if (topic === 'offers' && value.includes(mark)) return value;
  return undefined;
};

function* storedContents(bytes: Buffer): Generator<Content & { readonly topic: Message['topic'] }> {
  if (bytes[0] !== FORMAT) throw new CorruptPublication();
  let at = 1;
  while (at < bytes.length) {
    const topic = TOPIC_CODES[bytes[at] ?? -1];
    if (topic === undefined || at + MESSAGE_HEADER_BYTES > bytes.length) throw new CorruptPublication();
    const id = bytes.toString('hex', at + 1, at + 17);
    const timeMs = bytes.readDoubleLE(at + 17);
    const end = at + MESSAGE_HEADER_BYTES + bytes.readUInt32LE(at + 25);
    if (end > bytes.length) throw new CorruptPublication();
    yield { topic, id, timeMs, value: bytes.subarray(at + MESSAGE_HEADER_BYTES, end) };
    at = end;
  }
}

const modelOf = (vector: Buffer): string => userVectorSchema.parse(JSON.parse(vector.toString())).model.name;
