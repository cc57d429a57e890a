/** When a source counted, and how soon that counts half. */
export interface Counted {
  /** ISO 8601. */
  readonly at: string;
  readonly halfLifeSeconds: number;
}

/** How much of a source's counts is left at `nowMs`: 1 at the moment of the record and before. */
export const decayOf = ({ at, halfLifeSeconds }: Counted, nowMs: number): number =>
  2 ** -(Math.max(0, nowMs - Date.parse(at)) / (halfLifeSeconds * 1_000));
