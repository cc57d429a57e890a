/** Milliseconds, to a tenth. */
export interface Distribution {
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** By nearest rank; undefined of nothing. */
export const distribution = (valuesMs: readonly number[]): Distribution | undefined => {
  const sorted = Float64Array.from(valuesMs).sort();
  const at = (share: number): number =>
    Math.round((sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0) * 10) / 10;
  return sorted.length === 0 ? undefined : { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), max: at(1) };
};
