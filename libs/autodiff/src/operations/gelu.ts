import { op, type FloatType, type Value } from '@offerstream/onnx';

/** x Φ(x), Φ the normal distribution's (Hendrycks, Gimpel, "Gaussian Error Linear Units", 2016). */
export const gelu = <T extends FloatType>(x: Value<T>): Value<T> =>
  op.mul(op.mul(x, 0.5), op.add(op.erf(op.mul(x, Math.SQRT1_2)), 1));
