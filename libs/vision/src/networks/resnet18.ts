import {
  batchNormalized,
  convolution,
  imageInput,
  imageMean,
  largestOfWindows,
  TrainedParameters,
  type Parameters,
} from '@offerstream/autodiff';
import { op, type Value } from '@offerstream/onnx';
import type { Tensors } from '@offerstream/onnx-runtime';
import { PIXEL_NORMALISATIONS } from '../backbone/pixel-normalisation.js';
import { VisionError } from '../errors.js';
import type { ImageNetwork } from './image-network.js';

export interface ResNet18Options {
  /** Pixels of a photo's width and height; a multiple of 32. */
  readonly side: number;
  /** What it begins with, of `resNet18Weights`; without them it is trained from nothing. */
  readonly weights?: Tensors;
  /** How many of its residual blocks, from the last one back, go on learning; `all` has the first convolution learn too. Default `all`. */
  readonly learning?: number | 'all';
}

interface Block {
  readonly name: string;
  readonly channels: number;
  readonly stride: number;
}

/** Two blocks in each of four stages. */
const BLOCKS: readonly Block[] = [64, 128, 256, 512].flatMap((channels, stage) => [
  { name: `layer${stage + 1}.0`, channels, stride: stage === 0 ? 1 : 2 },
  { name: `layer${stage + 1}.1`, channels, stride: 1 },
]);

/**
 * The residual network of 18 layers (He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", CVPR 2016, table 1), as
 * torchvision has it, up to its 512 features. Blocks that do not learn normalise by what they were trained on, and are constants.
 *
 * @throws {VisionError} `bad-option`
 */
export const resNet18 = ({ side, weights, learning = 'all' }: ResNet18Options): ImageNetwork => {
  if (!Number.isInteger(side) || side < 32 || side % 32 !== 0) {
    throw new VisionError('bad-option', `ResNet18 takes photos of 32, 64, 96, … pixels a side, not ${side}.`);
  }
  const learningBlocks = learning === 'all' ? BLOCKS.length : learning;
  if (!Number.isInteger(learningBlocks) || learningBlocks < 0 || learningBlocks > BLOCKS.length) {
    throw new VisionError('bad-option', `ResNet18 has blocks 0 to ${BLOCKS.length} to learn, not ${learningBlocks}.`);
  }
  if (learning !== 'all' && weights === undefined) {
    throw new VisionError('bad-option', 'Blocks of a ResNet18 that do not learn need weights.');
  }
  const firstLearning = BLOCKS.length - learningBlocks;
  return {
    kind: 'resnet18',
    side,
    dimensions: 512,
    normalisation: PIXEL_NORMALISATIONS.imagenet,
    sizes: { learning },
    ...(weights !== undefined && { initial: weights }),
    features: (parameters, images) => {
      const fixed =
        weights === undefined || learning === 'all' ? parameters : new TrainedParameters(parameters.graph, weights);
      let x = BLOCKS.slice(0, firstLearning).reduce(
        (value, block) => residual(fixed, value, block),
        stem(fixed, imageInput(fixed, images)),
      );
      if (fixed !== parameters) x = imageInput(parameters, x);
      return imageMean(
        parameters,
        BLOCKS.slice(firstLearning).reduce((value, block) => residual(parameters, value, block), x),
      );
    },
  };
};

const stem = (parameters: Parameters, images: Value<'float32'>): Value<'float32'> => {
  const convolved = convolution(parameters, 'conv1', images, { channels: 64, kernel: 7, stride: 2, padding: 3 });
  const activated = op.relu(batchNormalized(parameters, 'bn1', convolved));
  return largestOfWindows(parameters, activated, { kernel: 3, stride: 2, padding: 1 });
};

/** Two convolutions beside a way around them. */
const residual = (parameters: Parameters, x: Value<'float32'>, { name, channels, stride }: Block): Value<'float32'> => {
  const normalized = (of: Value<'float32'>, kernel: number, step: number, [conv, norm]: readonly [string, string]) => {
    const windows = { channels, kernel, stride: step, padding: kernel >> 1 };
    return batchNormalized(parameters, `${name}.${norm}`, convolution(parameters, `${name}.${conv}`, of, windows));
  };
  const first = op.relu(normalized(x, 3, stride, ['conv1', 'bn1']));
  const second = normalized(first, 3, 1, ['conv2', 'bn2']);
  const around = stride === 1 ? x : normalized(x, 1, stride, ['downsample.0', 'downsample.1']);
  return op.relu(op.add(second, around));
};
