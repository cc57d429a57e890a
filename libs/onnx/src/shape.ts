/** A dimension: a size, or the name of a size that is known at run time only (for example `B`). */
export type Dimension = number | string;
export type Shape = readonly Dimension[];

export const formatShape = (shape: Shape): string => `[${shape.join(', ')}]`;

export const elementCount = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/**
 * The shape of an element-wise result under NumPy's broadcasting, or undefined when the shapes do not fit. Two
 * different names do not fit: that they are equal at run time is not known.
 */
export const broadcast = (left: Shape, right: Shape): Shape | undefined => {
  const rank = Math.max(left.length, right.length);
  const result: Dimension[] = [];
  for (let i = 0; i < rank; i++) {
    const a = left[i - rank + left.length] ?? 1;
    const b = right[i - rank + right.length] ?? 1;
    if (a !== b && a !== 1 && b !== 1) return undefined;
    result.push(a === 1 ? b : a);
  }
  return result;
};

/** The size of a concatenation along one axis; a sum of names is itself a name. */
export const sumOfDimensions = (dimensions: readonly Dimension[]): Dimension => {
  const known = dimensions.filter((dimension) => typeof dimension === 'number').reduce((sum, size) => sum + size, 0);
  const names = dimensions.filter((dimension) => typeof dimension === 'string');
  if (names.length === 0) return known;
  return known === 0 ? names.join('+') : [...names, String(known)].join('+');
};
