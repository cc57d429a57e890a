import type { OnnxModel } from '@offerstream/onnx';
import { SENTENCE_ENCODER } from './sentence-encoder-graph.js';
import type { TrainedSentenceEncoder } from './train-sentence-encoder.js';

/** What a version of the model repository holds of an encoder. */
export interface SentenceEncoderVersion {
  readonly served: {
    readonly model: OnnxModel;
    readonly inputs: readonly {
      readonly name: string;
      readonly type: 'TYPE_INT64';
      readonly dims: readonly number[];
    }[];
    readonly outputs: readonly {
      readonly name: string;
      readonly type: 'TYPE_FP32';
      readonly dims: readonly number[];
    }[];
  };
  /** By name. */
  readonly beside: Readonly<Record<string, string>>;
}

const { inputIds, attentionMask, tokenTypeIds, embedding } = SENTENCE_ENCODER;

/** Makes files of an encoder that was trained here; `readEncoderTokenizer` reads what lies beside the graph. */
export const sentenceEncoderFiles = ({
  tokenizer,
  model,
  metrics: { dimensions },
}: Pick<TrainedSentenceEncoder, 'tokenizer' | 'model' | 'metrics'>): SentenceEncoderVersion => ({
  served: {
    model,
    inputs: [inputIds, attentionMask, tokenTypeIds].map((name) => ({ name, type: 'TYPE_INT64', dims: [-1, -1] })),
    outputs: [{ name: embedding, type: 'TYPE_FP32', dims: [-1, dimensions] }],
  },
  beside: { 'encoder.json': tokenizer.toJson() },
});
