import { op, type Dimension, type GraphNode } from '@offerstream/onnx';
import { AutodiffError } from '../errors.js';
import { constantInput, sumTo, unary, zerosLike, type Float, type GradientRule } from '../gradient-rule.js';

const reshaped = unary((g, x) => op.reshapeLike(g, x));

export const LAYOUT_RULES = {
  Reshape: reshaped,
  Squeeze: reshaped,
  Unsqueeze: reshaped,
  Expand: unary((g, x) => sumTo(g, x)),
  Transpose: unary((g, _x, _y, { attributes }) => {
    const order = attributes.perm as readonly number[];
    return op.transpose(
      g,
      [...order.keys()].map((axis) => order.indexOf(axis)),
    );
  }),
  Concat: (node, [g]) => {
    const axis = node.attributes.axis as number;
    let end = 0;
    return node.inputs.map((input) => {
      const start = end;
      end += knownSize(node, input.shape[axis]);
      return () => op.slice(g as Float, axis, start, start + knownSize(node, input.shape[axis]));
    });
  },
  Slice: unary((g, x, _, node) => {
    const [[start = 0], [end = 0], [axis = 0]] = [1, 2, 3].map((index) => constantInput(node, index)) as [
      readonly number[],
      readonly number[],
      readonly number[],
    ];
    return op.pad(g, axis, start, knownSize(node, x.shape[axis]) - end);
  }),
  Split: (node, gradients) => [
    () =>
      op.concat(
        node.outputs.map((output, i) => gradients[i] ?? zerosLike(output as Float)),
        node.attributes.axis as number,
      ),
  ],
} satisfies Readonly<Record<string, GradientRule>>;

const knownSize = (node: GraphNode, dimension: Dimension | undefined): number => {
  if (typeof dimension === 'number') return dimension;
  throw new AutodiffError('no-gradient', `${node.name}: the size along its axis is not known but "${dimension ?? ''}"`);
};
