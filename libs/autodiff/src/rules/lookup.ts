import { op, type Value } from '@offerstream/onnx';
import { AutodiffError } from '../errors.js';
import { zerosLike, type Float, type GradientRule } from '../gradient-rule.js';

// Not `ScatterND`: its `add` loses updates when it runs on two threads.
export const LOOKUP_RULES = {
  /** Rows of a matrix. */
  Gather: (node, [g]) => {
    const [data, indices] = node.inputs as readonly [Float, Value<'int64'>];
    if (node.attributes.axis !== 0 || data.shape.length !== 2) {
      throw new AutodiffError('no-gradient', `${node.name}: only rows of a matrix have a gradient`);
    }
    const columns = data.shape[1] as number;
    return [
      () => {
        const rows = op.reshape(indices, ['rows', 1]);
        const updates = op.reshape(g as Float, ['rows', columns]);
        return op.scatterElements(zerosLike(data), op.expandLike(rows, updates), updates, 0, 'add');
      },
    ];
  },
  GatherElements: (node, [g]) => {
    const [data, indices] = node.inputs as readonly [Float, Value<'int64'>];
    return [() => op.scatterElements(zerosLike(data), indices, g as Float, node.attributes.axis as number, 'add')];
  },
} satisfies Readonly<Record<string, GradientRule>>;
