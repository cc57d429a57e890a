import type { Parameters } from '@offerstream/autodiff';
import type { Value } from '@offerstream/onnx';
import type { Tensors } from '@offerstream/onnx-runtime';
import type { PixelNormalisation } from '../backbone/pixel-normalisation.js';

/** A network that makes features of photos, to be trained here. */
export interface ImageNetwork {
  readonly kind: 'cnn' | 'resnet18';
  /** Pixels of a photo's width and height. */
  readonly side: number;
  /** Of its features. */
  readonly dimensions: number;
  /** Of red, green and blue. */
  readonly normalisation: Pick<PixelNormalisation, 'mean' | 'deviation'>;
  /** Whatever else decides what it becomes. */
  readonly sizes: Readonly<Record<string, unknown>>;
  /** What some of its parameters begin with; the others begin by chance. */
  readonly initial?: Tensors;
  /**
   * @param images normalised, [N, 3, side, side]
   * @returns [N, dimensions]
   */
  features(parameters: Parameters, images: Value<'float32'>): Value<'float32'>;
}
