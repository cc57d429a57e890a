import { batchNormalized, convolution, imageInput, imageMean } from '@offerstream/autodiff';
import { op } from '@offerstream/onnx';
import type { ImageNetwork } from './image-network.js';

/** Of each convolution. */
const CHANNELS = [24, 48, 96, 128] as const;
const SIDE = 64;

/** A few convolutions, each over half the rows and columns of the one before: small enough to be trained from nothing on a shop's own photos. */
export const smallCnn = (): ImageNetwork => ({
  kind: 'cnn',
  side: SIDE,
  dimensions: CHANNELS.at(-1) as number,
  normalisation: { mean: [128, 128, 128], deviation: [64, 64, 64] },
  sizes: { channels: CHANNELS },
  features: (parameters, images) => {
    const features = CHANNELS.reduce(
      (x, channels, i) => {
        const convolved = convolution(parameters, `conv${i + 1}`, x, { channels, kernel: 3, stride: 2, padding: 1 });
        return op.relu(batchNormalized(parameters, `bn${i + 1}`, convolved));
      },
      imageInput(parameters, images),
    );
    return imageMean(parameters, features);
  },
});
