import type { ExplanationSource } from '@offerstream/contracts';

/** What a part of an item's score comes from, as the gateway tells it. */
export interface SourceValue {
  readonly source: ExplanationSource;
  readonly value: number;
}

export interface SourceShare {
  readonly source: ExplanationSource;
  /** Above 0, up to 1. */
  readonly share: number;
}

/** How much each source has of all that speaks for an item, the largest first; what speaks against it is left out. */
export const sourceShares = (values: readonly SourceValue[]): readonly SourceShare[] => {
  const speakingFor = values.filter(({ value }) => value > 0);
  const sum = speakingFor.reduce((total, { value }) => total + value, 0);
  return speakingFor.map(({ source, value }) => ({ source, share: value / sum })).sort((a, b) => b.share - a.share);
};
