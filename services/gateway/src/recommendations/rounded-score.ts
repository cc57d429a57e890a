/** Six decimals, as published offers have them. */
export const roundedScore = (score: number): number => Math.round(score * 1e6) / 1e6;
