import {
  HEAD_KINDS,
  LEARNING_RATES,
  PIXEL_NORMALISATIONS,
  type HeadKind,
  type PixelNormalisationName,
} from '@offerstream/vision';
import { Option, type Command } from 'commander';
import { numberBetween, wholeNumber } from '../line/program.js';

/** What makes features where there is no backbone. */
const KINDS = ['handcrafted', 'cnn', 'resnet18'] as const;
/** What of a network with weights goes on learning. */
const FINE_TUNED = ['last', 'all'] as const;
/** A twelfth of the pixels that torchvision's networks learned with, and of what they cost. */
export const DEFAULT_SIDE = 64;

/** What commands that learn from photos are asked with. */
export interface VisionOptions {
  readonly images?: string;
  readonly labels?: string;
  readonly perClass?: number;
  readonly seed: number;
  readonly backbone?: string;
  readonly kind: (typeof KINDS)[number];
  /** Of a network that is trained, and so are the next four. */
  readonly epochs: number;
  readonly learningRate?: number;
  readonly weights?: string;
  readonly fineTune?: (typeof FINE_TUNED)[number];
  /** Pixels of a photo's width and height. */
  readonly side?: number;
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
    .option('--epochs <n>', 'passes over the photos, at most, with --kind cnn or resnet18', wholeNumber, 20)
    .option(
      '--learning-rate <r>',
      `the highest, after the warm-up, of a network that is trained (default: ${LEARNING_RATES.fromNothing}, with --weights ${LEARNING_RATES.fromWeights})`,
      numberBetween(0, Infinity, { above: true }),
    )
    .option('--weights <file>', 'what --kind resnet18 begins with: torchvision’s state dict, as torch.save wrote it')
    .addOption(
      new Option(
        '--fine-tune <what>',
        'of the network with --weights: its last two blocks, or all (default: all)',
      ).choices(FINE_TUNED),
    )
    .option(
      '--side <pixels>',
      `to which --kind resnet18 has photos brought, a multiple of 32 (default: ${DEFAULT_SIDE})`,
      wholeNumber,
    )
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
Without --backbone nothing has to be downloaded: features are handcrafted, or those of a network that is trained on these photos alone,
which needs many of each class: a small one (--kind cnn), or ResNet18. With --weights it knows what it learned before, and is fine-tuned.

Pixels, by --normalisation:
  imagenet   torchvision and most of PyTorch: less the mean, over the deviation of ImageNet
  signed     EfficientNet-Lite, MobileNet of TensorFlow: −1 to 1
  unit       0 to 1
  bgr-bytes  SqueezeNet of Caffe: 0 to 255, blue first`,
    )
    .hook('preAction', (_, asked) => {
      const { images, labels, perClass, backbone, kind, learningRate, weights, fineTune, side } =
        asked.opts<VisionOptions>();
      if ((images === undefined) === (labels === undefined))
        asked.error('error: give --images or --labels, one of them');
      if (backbone !== undefined && kind !== 'handcrafted')
        asked.error(`error: give --backbone or --kind ${kind}, one of them`);
      if (kind === 'handcrafted' && learningRate !== undefined)
        asked.error('error: --learning-rate needs --kind cnn or resnet18');
      if (kind !== 'resnet18' && (weights !== undefined || side !== undefined))
        asked.error('error: --weights and --side need --kind resnet18');
      if (fineTune !== undefined && weights === undefined) asked.error('error: --fine-tune needs --weights');
      if (perClass !== undefined && images === undefined) asked.error('error: --per-class needs --images');
    });
