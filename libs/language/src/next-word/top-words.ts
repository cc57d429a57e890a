export interface ScoredWord {
  readonly id: number;
  readonly logProbability: number;
}

/** The likeliest words of a distribution, best first, among equal ones the lower id. @param logProbabilities [V] */
export const topWords = (logProbabilities: Float32Array, count: number): readonly ScoredWord[] => {
  const best: ScoredWord[] = [];
  for (let id = 0; id < logProbabilities.length; id++) {
    const logProbability = logProbabilities[id] as number;
    if (best.length === count && logProbability <= (best.at(-1)?.logProbability ?? Infinity)) continue;
    let at = best.length;
    while (at > 0 && (best[at - 1] as ScoredWord).logProbability < logProbability) at -= 1;
    best.splice(at, 0, { id, logProbability });
    if (best.length > count) best.pop();
  }
  return best;
};
