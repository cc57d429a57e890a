import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OnnxModel } from '@offerstream/onnx';
import { z } from 'zod';
import { VisionError } from '../errors.js';
import { HANDCRAFTED_DIMENSIONS, HANDCRAFTED_SIZE, handcraftedFeatures } from '../features/handcrafted-features.js';
import { decodeImage } from '../images/decode-image.js';
import { descriptionSchema, IMAGE_MODEL, type ImageModelDescription } from './image-model-description.js';

/** One row of a model's input. */
export interface ImageModelInput {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array | Float32Array;
}

/** An image model of the repository, ready to be asked: its graph runs where it is served. */
export interface ImageModel extends ImageModelDescription {
  /**
   * One photo as a row of the model's input.
   *
   * @param signal fires when nobody waits for it any more
   * @throws {ImageRefusal} where the bytes are no photo; the signal's reason
   */
  inputOf(bytes: Uint8Array, signal?: AbortSignal): Promise<ImageModelInput>;
}

/** What a version of the model repository holds of an image model. */
export interface ImageModelVersion {
  readonly served: {
    readonly model: OnnxModel;
    readonly inputs: readonly TensorConfig[];
    readonly outputs: readonly TensorConfig[];
  };
  /** By name. */
  readonly beside: Readonly<Record<string, string>>;
}

interface TensorConfig {
  readonly name: string;
  readonly type: 'TYPE_UINT8' | 'TYPE_FP32';
  readonly dims: readonly number[];
}

/** The name of the file beside the graph by which an image model is known. */
export const IMAGE_MODEL_FILE = 'vision.json';
const FORMAT = 1;
const formatSchema = z.object({ format: z.literal(FORMAT) });

/**
 * Makes files of an image model, for a version of the model repository.
 *
 * @param model its graph, with the tensors of {@link IMAGE_MODEL}
 */
export const imageModelFiles = (description: ImageModelDescription, model: OnnxModel): ImageModelVersion => {
  const { embedding, classes } = description;
  return {
    served: {
      model,
      inputs: [inputConfig(description)],
      outputs: [
        { name: IMAGE_MODEL.embedding, type: 'TYPE_FP32', dims: [-1, embedding.dimensions] },
        ...(classes === undefined
          ? []
          : [{ name: IMAGE_MODEL.logLikelihoods, type: 'TYPE_FP32' as const, dims: [-1, classes.length] }]),
      ],
    },
    beside: {
      [IMAGE_MODEL_FILE]: `${JSON.stringify({ format: FORMAT, ...descriptionSchema.parse(description) }, null, 2)}\n`,
    },
  };
};

/**
 * @param folder a version in the model repository
 * @throws {VisionError} `file-unreadable`; `model-unusable` where the file is foreign or damaged
 */
export const readImageModel = async (folder: string): Promise<ImageModel> => {
  const path = join(folder, IMAGE_MODEL_FILE);
  const description = parseDescription(path, await read(path));
  return { ...description, inputOf: (bytes, signal) => photoInput(description.input, bytes, signal) };
};

const inputConfig = ({ input }: ImageModelDescription): TensorConfig =>
  input.kind === 'pixels'
    ? { name: IMAGE_MODEL.pixels, type: 'TYPE_UINT8', dims: [-1, input.height, input.width, 3] }
    : { name: IMAGE_MODEL.features, type: 'TYPE_FP32', dims: [-1, HANDCRAFTED_DIMENSIONS] };

/**
 * One photo as a row of what a model takes.
 *
 * @param signal fires when nobody waits for it any more
 * @throws {ImageRefusal} where the bytes are no photo; the signal's reason
 */
export const photoInput = async (
  input: ImageModelDescription['input'],
  bytes: Uint8Array,
  signal?: AbortSignal,
): Promise<ImageModelInput> => {
  if (input.kind === 'handcrafted') {
    const data = handcraftedFeatures(await decodeImage(bytes, HANDCRAFTED_SIZE, signal));
    return { name: IMAGE_MODEL.features, shape: [1, HANDCRAFTED_DIMENSIONS], data };
  }
  const { width, height, data } = await decodeImage(bytes, input, signal);
  return { name: IMAGE_MODEL.pixels, shape: [1, height, width, 3], data };
};

const read = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new VisionError('file-unreadable', `${path} can't be read: ${(error as Error).message}`, error);
  }
};

const parseDescription = (path: string, text: string): ImageModelDescription => {
  try {
    const content: unknown = JSON.parse(text);
    formatSchema.parse(content);
    return descriptionSchema.parse(content);
  } catch (error) {
    throw new VisionError(
      'model-unusable',
      `${path} describes no image model of format ${FORMAT}: ${(error as Error).message}; train or add it again`,
      error,
    );
  }
};
