/** Uniform numbers in [0, 1). */
export type Random = () => number;

/** Makes the first values of a parameter, row-major. */
export type Initializer = (shape: readonly number[], random: Random) => Float32Array<ArrayBuffer>;

const filledBy = (shape: readonly number[], value: () => number): Float32Array<ArrayBuffer> =>
  new Float32Array(shape.reduce((product, size) => product * size, 1)).map(value);

export const constant =
  (value: number): Initializer =>
  (shape) =>
    filledBy(shape, () => value);

/** Uniform in ± limit. */
export const uniform =
  (limit: number): Initializer =>
  (shape, random) =>
    filledBy(shape, () => (2 * random() - 1) * limit);

/** Normally distributed around 0 (Box, Muller, 1958). */
export const normal =
  (deviation: number): Initializer =>
  (shape, random) =>
    filledBy(shape, () => deviation * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));

/**
 * Uniform in ± √(6 / (inputs + outputs)), so that neither activations nor gradients grow or fade from layer to layer (Glorot, Bengio,
 * "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010, equation 16), for [inputs, outputs].
 */
export const glorotUniform: Initializer = (shape, random) => {
  const [inputs = 1, outputs = 1] = shape;
  return uniform(Math.sqrt(6 / (inputs + outputs)))(shape, random);
};
