import type { EditableModel, ModelNode } from '@offerstream/onnx';
import { VisionError } from '../errors.js';

/** Operators between a classifier's last layer and its output that learned nothing. */
const BEHIND = new Set([
  'Softmax',
  'LogSoftmax',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Identity',
  'Cast',
  'GlobalAveragePool',
  'AveragePool',
  'ReduceMean',
  'Relu',
  'Add',
]);
/** Operators before the last layer that change nothing when a photo is judged. */
const BEFORE = new Set(['Dropout', 'Identity']);
const LAST = new Set(['Gemm', 'MatMul', 'Conv']);

/**
 * What goes into a classifier's last layer: its embedding [B, D], or a map of it [B, D, h, w] where the layer is a convolution.
 *
 * @throws {VisionError} `model-unusable` where there is no such layer, or more than one
 */
export const inputOfLastLayer = (model: EditableModel): string => {
  const producers = new Map(model.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const constants = new Set(model.initializers.map(({ name }) => name));
  const found = new Set(
    model.outputs.flatMap(({ name }) => {
      const last = walkBack(name, producers, constants, BEHIND);
      const node = producers.get(last);
      if (node === undefined || !LAST.has(node.operator)) return [];
      return walkBack(computedInput(node, producers, constants) ?? '', producers, constants, BEFORE);
    }),
  );
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  throw new VisionError(
    'model-unusable',
    `${found.size === 0 ? 'No last layer of a classifier was found' : `Several outputs have a last layer (their inputs: ${[...found].join(', ')})`}. ` +
      'Say which value of the graph is the embedding (--cut-at).',
  );
};

/** The value that a chain of operators begins at, each of which has one input that is computed. */
const walkBack = (
  from: string,
  producers: ReadonlyMap<string, ModelNode>,
  constants: ReadonlySet<string>,
  passed: ReadonlySet<string>,
): string => {
  let value = from;
  for (;;) {
    const node = producers.get(value);
    if (node === undefined || !passed.has(node.operator)) return value;
    const before = computedInput(node, producers, constants);
    if (before === undefined) return value;
    value = before;
  }
};

/** The one input of a node that depends on the photo; undefined where several do. */
const computedInput = (
  node: ModelNode,
  producers: ReadonlyMap<string, ModelNode>,
  constants: ReadonlySet<string>,
): string | undefined => {
  const computed = node.inputs.filter((name) => {
    if (name === '' || constants.has(name)) return false;
    return producers.get(name)?.operator !== 'Constant';
  });
  return computed.length === 1 ? computed[0] : undefined;
};
