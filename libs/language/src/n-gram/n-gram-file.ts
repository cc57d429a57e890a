import { endianness } from 'node:os';
import { crc32 } from 'node:zlib';
import { LanguageError } from '../errors.js';
import { Vocabulary } from '../text/vocabulary.js';
import type { Discounts } from './discounts.js';
import type { StoredLevel } from './n-gram-level.js';
import { NGramModel } from './n-gram-model.js';

/**
 * One file: 8 bytes {@link MAGIC}, uint32 format version, uint32 length of the header, the header as JSON, the tables that it lists, and
 * a uint32 CRC-32 of all that. Little-endian; the header and each table are padded to 8 bytes, so that tables are read in place.
 */
const MAGIC = 'offs-ngm';
const FORMAT = 1;
const PREFIX_BYTES = 16;
const CHECKSUM_BYTES = 4;

interface Header {
  readonly vocabularyBytes: number;
  readonly levels: readonly {
    readonly nGrams: number;
    readonly rankBytes: 1 | 2;
    readonly counts: number;
    readonly discounts: Discounts;
    readonly children: number;
  }[];
}

/** A model with its vocabulary, as it is kept in a file. */
export const encodeNGramModel = (model: NGramModel): Buffer => {
  const vocabulary = Buffer.from(model.vocabulary.words.join('\n'));
  const { levels } = model;
  const header: Header = {
    vocabularyBytes: vocabulary.length,
    levels: levels.map(({ words, ranks, counts, discounts, children }) => ({
      nGrams: words.length,
      rankBytes: ranks.BYTES_PER_ELEMENT as 1 | 2,
      counts: counts.length,
      discounts,
      children: children.length,
    })),
  };
  const headerBytes = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.write(MAGIC, 'latin1');
  prefix.writeUInt32LE(FORMAT, 8);
  prefix.writeUInt32LE(headerBytes.length, 12);
  const tables = levels.flatMap(({ words, ranks, counts, children }) => [words, ranks, counts, children]);
  const parts = [prefix, ...[headerBytes, vocabulary, ...tables].map(padded)];
  const checksum = Buffer.alloc(CHECKSUM_BYTES);
  checksum.writeUInt32LE(parts.reduce((crc, part) => crc32(part, crc), 0));
  return Buffer.concat([...parts, checksum]);
};

/**
 * @param bytes a file's; tables are used where they stand
 * @param file as errors name it
 * @throws {LanguageError} `model-unusable` for foreign, damaged or shortened bytes and those of another format
 */
export const decodeNGramModel = (bytes: Buffer, file = 'The file'): NGramModel => {
  const refuse = (what: string): never => {
    throw new LanguageError(
      'model-unusable',
      `${file} has no n-gram model that can be used: it ${what}; train it again`,
    );
  };
  if (endianness() !== 'LE') refuse('is for little-endian processors');
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) refuse('is another kind of file');
  if (bytes.length < PREFIX_BYTES + CHECKSUM_BYTES) refuse('is cut off');
  const format = bytes.readUInt32LE(8);
  if (format !== FORMAT) refuse(`has format ${format} instead of ${FORMAT}`);
  const end = bytes.length - CHECKSUM_BYTES;
  if (crc32(bytes.subarray(0, end)) !== bytes.readUInt32LE(end)) refuse('is damaged: its checksum differs');

  let at = PREFIX_BYTES;
  const take = (length: number): Buffer => {
    const part = bytes.subarray(at, at + length);
    at += length + paddingOf(length);
    return part;
  };
  const header = JSON.parse(take(bytes.readUInt32LE(12)).toString()) as Header;
  const words = take(header.vocabularyBytes).toString().split('\n');
  const levels = header.levels.map(({ nGrams, rankBytes, counts, discounts, children }): StoredLevel => {
    return {
      words: uint16(take(2 * nGrams)),
      ranks: rankBytes === 1 ? uint8(take(nGrams)) : uint16(take(2 * nGrams)),
      counts: uint32(take(4 * counts)),
      discounts,
      children: uint32(take(4 * children)),
    };
  });
  return new NGramModel(new Vocabulary(words), levels);
};

const paddingOf = (length: number): number => -length & 7;

const padded = (table: NodeJS.TypedArray): Buffer => {
  const bytes = Buffer.from(table.buffer, table.byteOffset, table.byteLength);
  return Buffer.concat([bytes, Buffer.alloc(paddingOf(bytes.length))]);
};

const uint8 = ({ buffer, byteOffset, length }: Buffer) => new Uint8Array(buffer, byteOffset, length);
const uint16 = ({ buffer, byteOffset, length }: Buffer) => new Uint16Array(buffer, byteOffset, length / 2);
const uint32 = ({ buffer, byteOffset, length }: Buffer) => new Uint32Array(buffer, byteOffset, length / 4);
