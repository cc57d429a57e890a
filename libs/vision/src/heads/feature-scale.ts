import { rowCount, type FeatureRows } from './feature-rows.js';

/** How features are moved and scaled before a head learns from them: (x − mean) · scale. */
export interface FeatureScale {
  readonly mean: Float64Array;
  readonly scale: Float64Array;
}

/**
 * Centres features, and gives each part of them the same spread in all and the features together one of 1 a dimension.
 *
 * @param parts sizes, which sum to the dimensions
 */
export const featureScale = (rows: FeatureRows, parts: readonly number[]): FeatureScale => {
  const { data, dimensions } = rows;
  const count = rowCount(rows);
  const mean = new Float64Array(dimensions);
  data.forEach((value, at) => (mean[at % dimensions] = (mean[at % dimensions] as number) + value / count));
  const variance = new Float64Array(dimensions);
  data.forEach((value, at) => {
    const f = at % dimensions;
    variance[f] = (variance[f] as number) + (value - (mean[f] as number)) ** 2 / count;
  });
  const scale = new Float64Array(dimensions);
  let from = 0;
  for (const size of parts) {
    const spread = variance.subarray(from, from + size).reduce((sum, value) => sum + value, 0);
    // A part that never changes says nothing.
    scale.fill(spread === 0 ? 0 : Math.sqrt(dimensions / parts.length / spread), from, from + size);
    from += size;
  }
  return { mean, scale };
};

export const scaled = ({ data, dimensions }: FeatureRows, { mean, scale }: FeatureScale): FeatureRows => ({
  dimensions,
  data: data.map((value, at) => {
    const f = at % dimensions;
    return (value - (mean[f] as number)) * (scale[f] as number);
  }),
});
