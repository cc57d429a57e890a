import { hash } from 'node:crypto';
import { CHECKED_PART, checkedToken, isChecked } from './checked-token.js';

export const KEY_KINDS = ['sk', 'wk'] as const;
/** `sk`: a secret key, for servers. `wk`: a write key, which stands in web pages and only writes events. */
export type KeyKind = (typeof KEY_KINDS)[number];

export const KEY_MODES = ['live', 'test'] as const;
/** For people: whether a key belongs to the shop itself or to a trial of it. Both do the same. */
export type KeyMode = (typeof KEY_MODES)[number];

export interface KeyTraits {
  readonly kind: KeyKind;
  readonly mode: KeyMode;
}

const API_KEY = new RegExp(`^ofs_(sk|wk)_(live|test)_${CHECKED_PART}$`);
const SESSION_TOKEN = new RegExp(`^ofs_st_${CHECKED_PART}$`);
/** Of 256 bits of hash, enough to name a key and too few to be taken for one. */
const ID_DIGITS = 16;

/**
 * A key as it is given to a shop: `ofs_<sk|wk>_<live|test>_` and a checked part of 49 characters.
 *
 * @param random32 32 bytes of a cryptographic source
 */
export const makeApiKey = ({ kind, mode }: KeyTraits, random32: Uint8Array): string =>
  checkedToken(`ofs_${kind}_${mode}_`, random32);

/** What a key says of itself; undefined when its shape or checksum is wrong, so that a typo is known without a look-up. */
export const readApiKey = (text: string): KeyTraits | undefined => {
  const [, kind, mode] = API_KEY.exec(text) ?? [];
  return kind !== undefined && isChecked(text) ? { kind: kind as KeyKind, mode: mode as KeyMode } : undefined;
};

/** A person's session: `ofs_st_` and a checked part. @param random32 32 bytes of a cryptographic source */
export const makeSessionToken = (random32: Uint8Array): string => checkedToken('ofs_st_', random32);

export const isSessionToken = (text: string): boolean => SESSION_TOKEN.test(text) && isChecked(text);

/** SHA-256 in hex, all that is kept of a key or a token. With 256 random bits there is nothing that a slow hash would protect. */
export const hashApiKey = (text: string): string => hash('sha256', text, 'hex');

/** What a key is called by people, in lists and in the audit log. */
export const apiKeyId = (keyHash: string): string => keyHash.slice(0, ID_DIGITS);

/** The rule of {@link isOwnWriteKey}, for messages and schemas. A colon would end the user name of Basic authorization. */
export const OWN_WRITE_KEY = /^(?!ofs_)[\x21-\x39\x3b-\x7e]{8,200}$/;

/** Whether a shop may choose this text as a write key. One that begins like a made key would be taken for a typo of it. */
export const isOwnWriteKey = (text: string): boolean => OWN_WRITE_KEY.test(text);
