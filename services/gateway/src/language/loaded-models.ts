import type { InferenceClient, InferenceTensor } from '@offerstream/inference-client';
import {
  nextWordModelOf,
  readEncoderTokenizer,
  readLanguageModel,
  TOKENIZERS,
  type EncoderTokenizer,
  type RunGraph,
} from '@offerstream/language';
import type { Tensor, Tensors } from '@offerstream/onnx-runtime';
import { kept } from '@offerstream/pipeline';
import { EMBEDDING, type RunEncoder } from './embed-texts.js';
import type { LoadedLanguageModel } from './loaded-language-model.js';
import { identityOf, type ServingVersion } from '../models/model-folder.js';

/** How long inference may take for one run. */
const DEADLINE_MS = 10_000;

/** What a worker has read of the models that it was asked for last, and how their graphs are run by inference. */
export class LoadedModels {
  private readonly models = new Map<string, Promise<LoadedLanguageModel>>();
  private readonly tokenizers = new Map<string, Promise<EncoderTokenizer>>();

  constructor(private readonly inference: InferenceClient) {}

  /** @throws {LanguageError} `file-unreadable` where it is gone, `model-unusable` */
  language(version: ServingVersion): Promise<LoadedLanguageModel> {
    return kept(this.models, identityOf(version), async () => {
      const stored = await readLanguageModel(version.folder);
      const run: RunGraph = async (feeds) => tensorsOf(await this.run(version, feeds));
      return {
        vocabulary: stored.nGrams.vocabulary,
        tokenize: TOKENIZERS[stored.tokenizer],
        model: nextWordModelOf(stored, run),
      };
    });
  }

  /** @throws {LanguageError} `file-unreadable`, `model-unusable` */
  tokenizer(version: ServingVersion): Promise<EncoderTokenizer> {
    return kept(this.tokenizers, identityOf(version), () => readEncoderTokenizer(version.folder));
  }

  encoder(version: ServingVersion): RunEncoder {
    return async (feeds) => (await this.run(version, feeds))[EMBEDDING];
  }

  private async run({ name, version }: ServingVersion, feeds: Tensors) {
    const inputs = Object.fromEntries(Object.entries(feeds).map(([input, tensor]) => [input, inferenceTensor(tensor)]));
    return (await this.inference.infer({ model: name, version, inputs, deadlineMs: DEADLINE_MS })).outputs;
  }
}

const inferenceTensor = ({ dtype, dims, data }: Tensor): InferenceTensor => {
  if (dtype !== 'int64') throw new Error(`Language models take int64, not ${dtype}.`);
  return { datatype: 'INT64', shape: dims, data };
};

const tensorsOf = (outputs: Readonly<Record<string, InferenceTensor>>): Tensors =>
  Object.fromEntries(
    Object.entries(outputs).flatMap(([name, { datatype, shape, data }]) =>
      datatype === 'FP32' ? [[name, { dtype: 'float32' as const, dims: [...shape], data }]] : [],
    ),
  );
