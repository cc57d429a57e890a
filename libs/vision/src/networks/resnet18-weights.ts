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

/**
 * What a ResNet18 begins with, from torchvision's weights. Its last layer, `fc`, is not needed.
 *
 * @param weights by torchvision's names: `conv1.weight`, `layer1.0.bn1.running_mean`, …
 * @throws {VisionError} `model-unusable` where one is missing or has another shape
 */
export const resNet18Weights = (weights: ReadonlyMap<string, Tensor>): Tensors =>
  Object.fromEntries(
    [...expectedShapes()].map(([name, shape]) => {
      const torchName = torchNameOf(name);
      const found = weights.get(torchName);
      if (found?.type !== 'float32' || found.shape.join() !== shape.join()) {
        const instead = found === undefined ? 'there is none' : `it is ${found.type} [${found.shape.join(', ')}]`;
        throw new VisionError(
          'model-unusable',
          `These are no weights of torchvision's ResNet18: ${torchName} should be float32 [${shape.join(', ')}], but ${instead}.`,
        );
      }
      return [name, { dtype: 'float32', dims: shape, data: found.data as Float32Array }];
    }),
  );

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
