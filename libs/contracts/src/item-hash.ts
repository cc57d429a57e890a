import xxhash from 'xxhash-wasm';
import type { ItemId, TenantId } from './ids.js';

const { h64 } = await xxhash();

/** xxHash64 (seed 0) of UTF-8 text, read as a signed 64-bit integer. */
export const hash64 = (text: string): bigint => BigInt.asIntN(64, h64(text));

/**
 * The number by which models know an item: {@link hash64} of tenant, NUL and item id, with 0 replaced by 1
 * because 0 is the models' padding.
 */
export const itemHash = (tenant: TenantId, item: ItemId): bigint => hash64(`${tenant}\0${item}`) || 1n;
