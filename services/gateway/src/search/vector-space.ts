/** Which vectors may be compared with each other. */
export interface VectorSpace {
  /** Name and version of the model that made them. */
  readonly encoder: string;
  readonly dimensions: number;
}

export interface PlacedVector {
  readonly space: VectorSpace;
  readonly values: Float32Array;
}

export const keyOf = ({ encoder, dimensions }: VectorSpace): string => `${encoder} ${dimensions}`;

/** As the topic `item-vectors` names the model. */
export const spaceOf = (
  { name, version }: { readonly name: string; readonly version: string },
  dimensions: number,
): VectorSpace => ({ encoder: `${name}/${version}`, dimensions });
