import { op } from '@offerstream/onnx';
import { sumTo, unary, type Float, type GradientRule } from '../gradient-rule.js';

const keepDims = { keepDims: true };

export const NORMALIZATION_RULES = {
  Softmax: unary((g, _, y) => op.mul(y, op.sub(g, op.reduceSum(op.mul(g, y), [-1], keepDims)))),
  LogSoftmax: unary((g, _, y) => op.sub(g, op.mul(op.exp(y), op.reduceSum(g, [-1], keepDims)))),
  /** Mean and deviation, the further outputs, have no gradient: they are there for this one. */
  LayerNormalization: ({ inputs, outputs }, gradients) => {
    const [x, scale, bias] = inputs as readonly [Float, Float, Float];
    const [, mean, inverseDeviation] = outputs as readonly [Float, Float, Float];
    const [g] = gradients as readonly [Float];
    const normalized = op.mul(op.sub(x, mean), inverseDeviation);
    return [
      () => {
        const scaled = op.mul(g, scale);
        const along = op.mul(normalized, op.reduceMean(op.mul(scaled, normalized), [-1], keepDims));
        return op.mul(op.sub(op.sub(scaled, op.reduceMean(scaled, [-1], keepDims)), along), inverseDeviation);
      },
      () => sumTo(op.mul(g, normalized), scale),
      () => sumTo(g, bias),
    ];
  },
} satisfies Readonly<Record<string, GradientRule>>;
