/** What a network wants of pixels: (value − mean) / deviation, of values from 0 to 255. */
export interface PixelNormalisation {
  readonly channels: 'rgb' | 'bgr';
  /** By channel, in the order of `channels`. */
  readonly mean: readonly [number, number, number];
  readonly deviation: readonly [number, number, number];
}

/** The usual ones, by name. */
export const PIXEL_NORMALISATIONS = {
  /** torchvision's models, and most others that were trained on ImageNet with PyTorch. */
  imagenet: { channels: 'rgb', mean: [123.675, 116.28, 103.53], deviation: [58.395, 57.12, 57.375] },
  /** −1 to 1: EfficientNet-Lite, MobileNet and Inception of TensorFlow. */
  signed: { channels: 'rgb', mean: [127, 127, 127], deviation: [128, 128, 128] },
  /** 0 to 1. */
  unit: { channels: 'rgb', mean: [0, 0, 0], deviation: [255, 255, 255] },
  /** 0 to 255, blue first: SqueezeNet as it came from Caffe. */
  'bgr-bytes': { channels: 'bgr', mean: [0, 0, 0], deviation: [1, 1, 1] },
} as const satisfies Readonly<Record<string, PixelNormalisation>>;

export type PixelNormalisationName = keyof typeof PIXEL_NORMALISATIONS;
