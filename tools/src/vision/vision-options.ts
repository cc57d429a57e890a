import { HEAD_KINDS, PIXEL_NORMALISATIONS, type HeadKind, type PixelNormalisationName } from '@offerstream/vision';
import { Option, type Command } from 'commander';
import { wholeNumber } from '../line/program.js';

/** What makes features where there is no backbone. */
const KINDS = ['handcrafted', 'cnn'] as const;

/** What commands that learn from photos are asked with. */
export interface VisionOptions {
  readonly images?: string;
  readonly labels?: string;
  readonly perClass?: number;
  readonly seed: number;
  readonly backbone?: string;
  readonly kind: (typeof KINDS)[number];
  /** Of a CNN. */
  readonly epochs: number;
  readonly normalisation: PixelNormalisationName;
  readonly cutAt?: string;
  readonly head: HeadKind;
}

export const withVisionOptions = (command: Command): Command =>
  command
    .option('--images <dir>', 'photos, a folder for each class')
    .option('--labels <file>', 'a CSV with the columns path, label and perhaps split (train, validation, test)')
    .option('--per-class <n>', 'with --images: take so many photos of each class', wholeNumber)
    .option('--seed <n>', 'draws the photos, and where nothing else says so, the splits', wholeNumber, 1)
    .option('--backbone <name|file>', 'a network of the repository, or any ImageNet classifier as an ONNX file')
    .addOption(
      new Option('--kind <kind>', 'what makes features without --backbone').choices(KINDS).default('handcrafted'),
    )
    .option('--epochs <n>', 'passes over the photos, with --kind cnn', wholeNumber, 20)
    .addOption(
      new Option('--normalisation <how>', 'what the network of a file wants of pixels')
        .choices(Object.keys(PIXEL_NORMALISATIONS))
        .default('imagenet'),
    )
    .option(
      '--cut-at <value>',
      'the value of the file’s graph that is the embedding (default: what its last layer takes)',
    )
    .addOption(new Option('--head <kind>', 'what is learned on the features').choices(HEAD_KINDS).default('logistic'))
    .addHelpText(
      'after',
      `
Without --backbone nothing has to be downloaded: features are handcrafted, or those of a small network (--kind cnn) that is trained
on these photos alone, which needs many of each class.

Pixels, by --normalisation:
  imagenet   torchvision and most of PyTorch: less the mean, over the deviation of ImageNet
  signed     EfficientNet-Lite, MobileNet of TensorFlow: −1 to 1
  unit       0 to 1
  bgr-bytes  SqueezeNet of Caffe: 0 to 255, blue first`,
    )
    .hook('preAction', (_, asked) => {
      const { images, labels, perClass, backbone, kind } = asked.opts<VisionOptions>();
      if ((images === undefined) === (labels === undefined))
        asked.error('error: give --images or --labels, one of them');
      if (backbone !== undefined && kind === 'cnn') asked.error('error: give --backbone or --kind cnn, one of them');
      if (perClass !== undefined && images === undefined) asked.error('error: --per-class needs --images');
    });
