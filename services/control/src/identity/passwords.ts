import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';

/** OWASP's parameters of scrypt for 32 MiB (Password Storage Cheat Sheet). */
const COST = { N: 2 ** 15, r: 8, p: 3 } as const;
const MAX_MEMORY = 64 * 1024 * 1024;
const HASH_BYTES = 32;
export const SALT_BYTES = 16;

/**
 * What checks a password, with all that it takes: `scrypt$N$r$p$salt$hash`. So the parameters can be raised, and checkers of before
 * stay good.
 */
export const passwordChecker = async (password: string, salt: Uint8Array): Promise<string> => {
  const hash = await derive(password, salt, HASH_BYTES, COST);
  return ['scrypt', COST.N, COST.r, COST.p, base64(salt), base64(hash)].join('$');
};

/** @param checker undefined takes as long as a real one, so that the time tells nobody whether there is such a user. */
export const isPassword = async (password: string, checker: string | undefined): Promise<boolean> => {
  const [, N, r, p, salt, hash] = (checker ?? (await NOBODY)).split('$');
  const expected = Buffer.from(hash ?? '', 'base64');
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const derived = await derive(password, Buffer.from(salt ?? '', 'base64'), expected.length, cost);
  return timingSafeEqual(derived, expected) && checker !== undefined;
};

/** The same characters may be typed as different code points. */
const derive = (password: string, salt: Uint8Array, bytes: number, cost: ScryptOptions): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, bytes, { ...cost, maxmem: MAX_MEMORY }, (error, derived) => {
      if (error === null) resolve(derived);
      else reject(error);
    });
  });

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

const NOBODY = passwordChecker('', randomBytes(SALT_BYTES));
