import { lstmLayer, normal } from '@offerstream/autodiff';
import { op } from '@offerstream/onnx';
import type { Network } from './network.js';
import { outputLogits } from './output-logits.js';

export interface LstmSizes {
  readonly vocabularySize: number;
  /** Default 128. */
  readonly embedding?: number;
  /** Default 256. */
  readonly hidden?: number;
  /** Default 2. */
  readonly layers?: number;
  /** Whether the output's weights are the words' embeddings, see {@link outputLogits}. Default false. */
  readonly tied?: boolean;
}

/** Word embeddings, long short-term memories one over the other, and a log-softmax over the vocabulary (Zaremba et al. 2014). */
export const lstmNetwork = ({
  vocabularySize,
  embedding = 128,
  hidden = 256,
  layers = 2,
  tied = false,
}: LstmSizes): Network => ({
  kind: 'lstm',
  vocabularySize,
  sizes: { vocabulary: vocabularySize, embedding, hidden, layers, tied },
  build(parameters, tokens, dropout) {
    const { graph } = parameters;
    const words = parameters.get('words', [vocabularySize, embedding], normal(1 / Math.sqrt(embedding)));
    let x = dropout('embedding', op.gather(words, tokens), 0);
    const zeros = op.filled(graph.scalar('float32', 0), [tokens.shape[1] as number | string, hidden]);
    for (let layer = 0; layer < layers; layer++) {
      const { outputs } = lstmLayer(parameters, `lstm${layer}`, x, { hidden: zeros, cell: zeros });
      x = dropout(`lstm${layer}`, outputs, 0);
    }
    return { features: x, logits: (features) => outputLogits(parameters, features, words, tied) };
  },
});
