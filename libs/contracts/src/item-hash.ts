import xxhash from 'xxhash-wasm';
import type { ItemId, TenantId } from './ids.js';

const hasher = await xxhash();

/** xxHash64 (seed 0) of UTF-8 text, read as a signed 64-bit integer. */
export const hash64 = (text: string): bigint => BigInt.asIntN(64, hasher.h64(text));

/** xxHash64 (seed 0) of bytes, as 16 hexadecimal digits. */
export const hashOfBytes = (bytes: Uint8Array): string => hasher.h64Raw(bytes).toString(16).padStart(16, '0');

/** Two xxHash64 (seeds 0 and 1) of UTF-8 text, as 32 hexadecimal digits: wide enough to name billions of things. */
export const hash128 = (text: string): string =>
  hasher.h64(text).toString(16).padStart(16, '0') + hasher.h64(text, 1n).toString(16).padStart(16, '0');

/**
 * The number by which models know an item: {@link hash64} of tenant, NUL and item id, with 0 replaced by 1
 * because 0 is the models' padding.
 */
export const itemHash = (tenant: TenantId, item: ItemId): bigint => hash64(`${tenant}\0${item}`) || 1n;
