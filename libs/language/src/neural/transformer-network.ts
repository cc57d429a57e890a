import { causalBias, dense, gelu, layerNormalized, normal, selfAttention } from '@offerstream/autodiff';
import { op, tensor, type Value } from '@offerstream/onnx';
import { LanguageError } from '../errors.js';
import type { Network } from './network.js';
import { outputLogits } from './output-logits.js';

type Single = Value<'float32'>;

export interface TransformerSizes {
  readonly vocabularySize: number;
  /** Of a word's vector. Default 128. */
  readonly size?: number;
  /** A divisor of the size. Default 4. */
  readonly heads?: number;
  /** Default 2. */
  readonly layers?: number;
  /** Whether the output's weights are the words' embeddings, see {@link outputLogits}. Default false. */
  readonly tied?: boolean;
}

/**
 * Causal self-attention (Vaswani et al. 2017) with normalisation before each part (Xiong et al. 2020). Instead of positions, attention
 * falls with the distance, at another rate in each head (ALiBi; Press, Smith, Lewis, ICLR 2022), so that a sentence may be of any length.
 *
 * @throws {LanguageError} `bad-option`
 */
export const transformerNetwork = ({
  vocabularySize,
  size = 128,
  heads = 4,
  layers = 2,
  tied = false,
}: TransformerSizes): Network => {
  if (size % heads !== 0) {
    throw new LanguageError('bad-option', `A vector of ${size} numbers can't be cut into ${heads} heads of one size.`);
  }
  return {
    kind: 'transformer',
    vocabularySize,
    sizes: { vocabulary: vocabularySize, size, heads, layers, tied },
    build(parameters, tokens, dropout) {
      const words = parameters.get('words', [vocabularySize, size], normal(1 / Math.sqrt(size)));
      const embedded = op.mul(op.gather(words, op.transpose(tokens, [1, 0])), Math.sqrt(size));
      const bias = op.add(distanceBias(embedded, heads), causalBias(embedded, 1));
      let x = dropout('embedding', embedded, 1);
      for (let layer = 0; layer < layers; layer++) {
        const name = `layer${layer}`;
        const seen = selfAttention(parameters, name, layerNormalized(parameters, `${name}/before`, x), heads, bias);
        x = op.add(x, dropout(`${name}-attention`, seen, 1));
        const inner = dense(parameters, `${name}/inner`, layerNormalized(parameters, `${name}/between`, x), 4 * size);
        x = op.add(x, dropout(`${name}-inner`, dense(parameters, `${name}/outer`, gelu(inner), size), 1));
      }
      return {
        features: op.transpose(dropout('output', layerNormalized(parameters, 'output/before', x), 1), [1, 0, 2]),
        logits: (features) => outputLogits(parameters, features, words, tied),
      };
    },
  };
};

/** [heads, T, T]: what a word's score loses by its distance from the one that looks at it. @param x [B, T, size] */
const distanceBias = (x: Single, heads: number): Single => {
  const positions = op.cast(op.positions(x, 1), 'float32');
  const ahead = op.sub(op.unsqueeze(positions, 0), op.unsqueeze(positions, 1));
  const slopes = Float32Array.from({ length: heads }, (_, head) => 2 ** ((-8 * (head + 1)) / heads));
  return op.mul(op.unsqueeze(ahead, 0), x.graph.initializer('slopes', tensor('float32', [heads, 1, 1], slopes)));
};
