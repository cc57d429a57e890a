/** What differs from run to run, passed in. */
export const CLOCK = Symbol('clock');
export type Clock = () => Date;

export const RANDOM_TOKEN = Symbol('random token');
/** 32 random bytes in base64url. */
export type RandomToken = () => string;
