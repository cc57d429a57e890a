import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { LanguageError } from '../errors.js';

/** Longest line that is read, in bytes: one without an end must not fill the memory. */
export const MAX_LINE_BYTES = 1 << 20;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * The lines of a text file in UTF-8, plain or gzip, without their ends; memory stays at one line and one chunk.
 *
 * @throws {LanguageError} `file-unreadable`; `not-text` for bytes that are not UTF-8 and for NUL, `line-too-long` beyond
 * {@link MAX_LINE_BYTES}: both name the line
 */
export async function* readLines(path: string): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let number = 0;
  const decoded = (bytes: Uint8Array): string => {
    number += 1;
    const end = bytes.at(-1) === CARRIAGE_RETURN ? bytes.length - 1 : bytes.length;
    const line = decodeLine(decoder, bytes.subarray(0, end), path, number);
    return number === 1 && line.startsWith(BYTE_ORDER_MARK) ? line.slice(1) : line;
  };
  let pieces: Uint8Array[] = [];
  let pending = 0;
  const take = (piece: Uint8Array): void => {
    pending += piece.length;
    if (pending > MAX_LINE_BYTES) {
      throw new LanguageError(
        'line-too-long',
        `${path}, line ${number + 1}: longer than ${MAX_LINE_BYTES} bytes; put one sentence on a line`,
      );
    }
    pieces.push(piece);
  };

  for await (const chunk of readChunks(path)) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      take(chunk.subarray(start, end));
      yield decoded(pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces));
      pieces = [];
      pending = 0;
      start = end + 1;
    }
    if (start < chunk.length) take(chunk.subarray(start));
  }
  if (pending > 0) yield decoded(Buffer.concat(pieces));
}

const decodeLine = (
  decoder: InstanceType<typeof TextDecoder>,
  bytes: Uint8Array,
  path: string,
  number: number,
): string => {
  const refuse = (what: string, cause?: unknown): never => {
    throw new LanguageError('not-text', `${path}, line ${number}: ${what}; give plain text in UTF-8`, cause);
  };
  if (bytes.includes(0)) refuse('a NUL byte');
  try {
    return decoder.decode(bytes);
  } catch (error) {
    return refuse('bytes that are not UTF-8', error);
  }
};

async function* readChunks(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    const compressed = await isGzip(path);
    const file = createReadStream(path);
    // Whatever fails in between reaches the one who reads.
    const bytes: Readable = compressed ? pipeline(file, createGunzip(), () => undefined) : file;
    for await (const chunk of bytes) yield chunk as Uint8Array;
  } catch (error) {
    if (error instanceof LanguageError) throw error;
    throw new LanguageError('file-unreadable', `${path} can't be read: ${(error as Error).message}`, error);
  }
}

const isGzip = async (path: string): Promise<boolean> => {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer.readUInt16BE() === 0x1f8b;
  } finally {
    await file.close();
  }
};
