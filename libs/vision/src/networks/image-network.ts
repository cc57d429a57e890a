import type { Parameters } from '@offerstream/autodiff';
import type { Value } from '@offerstream/onnx';
import type { Tensors } from '@offerstream/onnx-runtime';

/** What a network takes of each channel: (value / 255 − mean) / deviation. */
export interface Normalisation {
  /** Red, green, blue. */
  readonly mean: readonly [number, number, number];
  readonly deviation: readonly [number, number, number];
}

/** A network that makes features of photos, to be trained here. */
export interface ImageNetwork {
  readonly kind: 'cnn' | 'resnet18';
  /** Pixels of a photo's width and height. */
  readonly side: number;
  /** Of its features. */
  readonly dimensions: number;
  readonly normalisation: Normalisation;
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
