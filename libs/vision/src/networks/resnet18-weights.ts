import type { Parameters } from '@offerstream/autodiff';
import { Graph, type Tensor, type Value } from '@offerstream/onnx';
import type { Tensors } from '@offerstream/onnx-runtime';
import { VisionError } from '../errors.js';
import { resNet18 } from './resnet18.js';

/** By the end of a parameter's name here: its end in torchvision. Kernels have no such end. */
const TORCH_ENDS: Readonly<Record<string, string>> = {
  '/scale': '.weight',
  '/bias': '.bias',
  '/mean': '.running_mean',
  '/variance': '.running_var',
};

/** What its weights have beside those that are taken: its last layer, and how many batches it has seen. */
const NOT_TAKEN = /^fc\.|\.num_batches_tracked$/;
/** So many tensors are named in a refusal. */
const NAMED = 5;

/**
 * What a ResNet18 begins with, from torchvision's weights. Its last layer, `fc`, is not needed.
 *
 * @param weights by torchvision's names: `conv1.weight`, `layer1.0.bn1.running_mean`, …
 * @throws {VisionError} `model-unusable` where some are missing, have another shape, or are those of a larger network
 */
export const resNet18Weights = (weights: ReadonlyMap<string, Tensor>): Tensors => {
  const expected = [...expectedShapes()].map(([name, shape]) => ({ name, torchName: torchNameOf(name), shape }));
  const own = new Set(expected.map(({ torchName }) => torchName));
  const foreign = [...weights.keys()].filter((name) => !own.has(name) && !NOT_TAKEN.test(name));
  const missing = expected.flatMap(({ torchName }) => (weights.has(torchName) ? [] : [torchName]));
  const misshapen = expected.flatMap(({ torchName, shape }) => {
    const found = weights.get(torchName);
    if (found === undefined || (found.type === 'float32' && found.shape.join() === shape.join())) return [];
    return [`${torchName} is ${found.type} [${found.shape.join(', ')}] instead of float32 [${shape.join(', ')}]`];
  });
  const differences = [
    { what: 'missing are ', tensors: missing },
    { what: 'of another network are ', tensors: foreign },
    { what: '', tensors: misshapen },
  ].filter(({ tensors }) => tensors.length > 0);
  if (differences.length > 0) {
    const reasons = differences.map(({ what, tensors }) => `${what}${someOf(tensors)}`);
    throw new VisionError('model-unusable', `These are no weights of torchvision's ResNet18: ${reasons.join('; ')}.`);
  }
  return Object.fromEntries(
    expected.map(({ name, torchName, shape }) => [
      name,
      { dtype: 'float32', dims: shape, data: weights.get(torchName)?.data as Float32Array },
    ]),
  );
};

const someOf = (tensors: readonly string[]): string => {
  const more = tensors.length > NAMED ? ` and ${tensors.length - NAMED} more` : '';
  return `${tensors.slice(0, NAMED).join(', ')}${more}`;
};

const torchNameOf = (name: string): string => {
  const [end, torchEnd] = Object.entries(TORCH_ENDS).find(([ours]) => name.endsWith(ours)) ?? ['', '.weight'];
  return `${name.slice(0, name.length - end.length)}${torchEnd}`;
};

/** Whatever the network asks for when it is built. */
const expectedShapes = (): ReadonlyMap<string, readonly number[]> => {
  const graph = new Graph('shapes');
  const shapes = new Map<string, readonly number[]>();
  const get = (name: string, shape: readonly number[]): Value<'float32'> => {
    shapes.set(name, shape);
    return graph.input(name, 'float32', shape);
  };
  const parameters: Parameters = { graph, training: false, get, running: get };
  resNet18({ side: SIDE }).features(parameters, graph.input('images', 'float32', ['B', 3, SIDE, SIDE]));
  return shapes;
};

/** The parameters are the same for any. */
const SIDE = 32;
