import { readModelFile } from '@offerstream/onnx';
import { readTorchWeights, resNet18, resNet18Weights, smallCnn, type ImageNetwork } from '@offerstream/vision';
import { DEFAULT_SIDE, type VisionOptions } from './vision-options.js';

/** The last stage: two of eight blocks, with three quarters of the network's weights. */
const LAST_BLOCKS = 2;

/**
 * The network that `--kind` says, which is trained on the photos; absent where features are those of something that is finished.
 *
 * @throws OnnxFileError `unreadable`; TorchFileError; VisionError `model-unusable` where the weights are another network's, `bad-option`
 */
export const networkToTrain = async ({
  kind,
  weights,
  fineTune = 'all',
  side = DEFAULT_SIDE,
}: Pick<VisionOptions, 'kind' | 'weights' | 'fineTune' | 'side'>): Promise<ImageNetwork | undefined> => {
  switch (kind) {
    case 'handcrafted':
      return undefined;
    case 'cnn':
      return smallCnn();
    case 'resnet18':
      return resNet18({
        side,
        ...(weights !== undefined && {
          weights: resNet18Weights(readTorchWeights(await readModelFile(weights))),
          learning: fineTune === 'last' ? LAST_BLOCKS : 'all',
        }),
      });
  }
};
