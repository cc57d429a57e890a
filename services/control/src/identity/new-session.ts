import { hashApiKey, makeSessionToken } from '@offerstream/tenancy';
import type { Clock, RandomBytes } from '../chance-and-time.js';

const SESSION_SECONDS = 12 * 3_600;

/** A session that is to begin: the token for its user, and what is kept of it. */
export const newSession = (clock: Clock, randomBytes: RandomBytes) => {
  const token = makeSessionToken(randomBytes(32));
  const expires = new Date(clock().getTime() + SESSION_SECONDS * 1_000);
  return { token, stored: { tokenHash: hashApiKey(token), expires }, expiresAt: expires.toISOString() };
};

export const newUserId = (randomBytes: RandomBytes): string => `usr_${Buffer.from(randomBytes(16)).toString('hex')}`;
