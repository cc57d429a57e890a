/** Features of photos, [N, F]. */
export interface FeatureRows {
  readonly data: Float32Array;
  readonly dimensions: number;
}

/** Features with what they are of. */
export interface LabelledRows extends FeatureRows {
  /** [N]: the place of each photo's class. */
  readonly labels: Uint16Array;
}

export const rowCount = ({ data, dimensions }: FeatureRows): number => data.length / dimensions;
