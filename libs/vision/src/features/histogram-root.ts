/**
 * The square root of each count's share, so that the whole has unit length: the dot product of two is then their Hellinger similarity
 * (Arandjelović and Zisserman 2012, "Three things everyone should know to improve object retrieval"). All zero where nothing was counted.
 */
export const histogramRoot = (counts: Float32Array): Float32Array => {
  const sum = counts.reduce((total, count) => total + count, 0);
  return sum === 0 ? counts : counts.map((count) => Math.sqrt(count / sum));
};
