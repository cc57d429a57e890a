import { crc32 } from 'node:zlib';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = BigInt(ALPHABET.length);
/** 62^43 is the first power of 62 above 2^256, 62^6 the first above 2^32. */
const SECRET_CHARACTERS = 43;
const CHECKSUM_CHARACTERS = 6;

export const RANDOM_BYTES = 32;

/** What follows the prefix of a token. */
export const CHECKED_PART = `[0-9A-Za-z]{${SECRET_CHARACTERS + CHECKSUM_CHARACTERS}}`;

/**
 * A token that says by itself whether it was copied rightly: the prefix, 32 random bytes as 43 characters of base62 (0-9, A-Z, a-z;
 * the first byte is the most significant), and the CRC-32 (IEEE 802.3) of the bytes of everything before it as 6 more.
 *
 * @param prefix ASCII
 * @param random32 32 bytes of a cryptographic source
 */
export const checkedToken = (prefix: string, random32: Uint8Array): string => {
  if (random32.length !== RANDOM_BYTES) throw new RangeError(`A token is made of ${RANDOM_BYTES} random bytes.`);
  const start = prefix + base62(BigInt(`0x${Buffer.from(random32).toString('hex')}`), SECRET_CHARACTERS);
  return start + checksum(start);
};

/** Whether the last six characters are the checksum of those before. */
export const isChecked = (token: string): boolean =>
  checksum(token.slice(0, -CHECKSUM_CHARACTERS)) === token.slice(-CHECKSUM_CHARACTERS);

const checksum = (text: string): string => base62(BigInt(crc32(text)), CHECKSUM_CHARACTERS);

const base62 = (value: bigint, characters: number): string => {
  let text = '';
  for (let rest = value, index = 0; index < characters; index++, rest /= BASE) text = digit(rest % BASE) + text;
  return text;
};

const digit = (value: bigint): string => ALPHABET.charAt(Number(value));
