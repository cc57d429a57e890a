/** What differs from run to run, passed in. */
export const CLOCK = Symbol('clock');
export type Clock = () => Date;

export const RANDOM_BYTES = Symbol('random bytes');
/** Bytes of a cryptographic source. */
export type RandomBytes = (count: number) => Uint8Array;
