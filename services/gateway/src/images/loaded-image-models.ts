import { finiteRows, type InferenceClient, type InferenceTensor } from '@offerstream/inference-client';
import { kept } from '@offerstream/pipeline';
import { readImageModel, type ImageModel, type ImageModelInput } from '@offerstream/vision';
import { identityOf, type ServingImageModel } from '../models/model-folder.js';

/** How long inference may take for one photo. */
const DEADLINE_MS = 10_000;

/** Has one photo's row looked at: one of the outputs, [1, size]. @throws InferenceError */
export type LookAt = (input: ImageModelInput, output: string, size: number) => Promise<Float32Array>;

/** What a thread has read of the image models that it was asked for last, and how inference runs them. */
export class LoadedImageModels {
  private readonly models = new Map<string, Promise<ImageModel>>();

  constructor(private readonly inference: Pick<InferenceClient, 'infer'>) {}

  /** @throws {VisionError} `file-unreadable` where it is gone, `model-unusable` */
  model(version: ServingImageModel): Promise<ImageModel> {
    return kept(this.models, identityOf(version), () => readImageModel(version.folder));
  }

  lookerOf({ name, version }: ServingImageModel): LookAt {
    return async (input, output, size) => {
      const { outputs } = await this.inference.infer({
        model: name,
        version,
        inputs: { [input.name]: tensorOf(input) },
        outputs: [output],
        deadlineMs: DEADLINE_MS,
      });
      return finiteRows(outputs[output], { model: name, output, rows: 1, width: size }).data;
    };
  }
}

const tensorOf = ({ shape, data }: ImageModelInput): InferenceTensor =>
  data instanceof Float32Array ? { datatype: 'FP32', shape, data } : { datatype: 'UINT8', shape, data };
