import { constant, dense, normal, type Parameters } from '@offerstream/autodiff';
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
      const bias = attentionBias(tokens, heads);
      let x = dropout('embedding', op.mul(op.gather(words, tokens), Math.sqrt(size)));
      for (let layer = 0; layer < layers; layer++) {
        const name = `layer${layer}`;
        const seen = attention(parameters, name, normalized(parameters, `${name}/before`, x), bias, heads);
        x = op.add(x, dropout(`${name}-attention`, seen));
        const inner = dense(parameters, `${name}/inner`, normalized(parameters, `${name}/between`, x), 4 * size);
        x = op.add(x, dropout(`${name}-inner`, dense(parameters, `${name}/outer`, op.relu(inner), size)));
      }
      return {
        features: dropout('output', normalized(parameters, 'last', x)),
        logits: (features) => outputLogits(parameters, features, words, tied),
      };
    },
  };
};

const EPSILON = 1e-5;

const normalized = (parameters: Parameters, name: string, x: Single): Single => {
  const size = x.shape.at(-1) as number;
  const scale = parameters.get(`${name}/scale`, [size], constant(1));
  return op.layerNormalization(x, scale, parameters.get(`${name}/bias`, [size], constant(0)), EPSILON).y;
};

/** @param x [T, B, size] @param bias [heads, T, T] @returns [T, B, size] */
const attention = (parameters: Parameters, name: string, x: Single, bias: Single, heads: number): Single => {
  const [time, batch, size] = x.shape as readonly [string, string, number];
  const each = size / heads;
  const [queries, keys, values] = op
    .split(dense(parameters, `${name}/attention`, x, 3 * size), 2, [size, size, size])
    .map((part) => op.reshape(part, [time, batch, heads, each])) as [Single, Single, Single];
  const scores = op.matMul(
    op.transpose(op.mul(queries, 1 / Math.sqrt(each)), [1, 2, 0, 3]),
    op.transpose(keys, [1, 2, 3, 0]),
  );
  const seen = op.matMul(op.softmax(op.add(scores, bias)), op.transpose(values, [1, 2, 0, 3]));
  return dense(parameters, `${name}/mixed`, op.reshape(op.transpose(seen, [2, 0, 1, 3]), [time, batch, size]), size);
};

/** Far below every score: what comes later is not seen. */
const HIDDEN = -1e9;

/** [heads, T, T]: what is added to the score of a word by the one that looks at it. */
const attentionBias = (tokens: Value<'int64'>, heads: number): Single => {
  const { graph } = tokens;
  const positions = op.cast(op.positions(tokens, 0), 'float32');
  const ahead = op.sub(op.unsqueeze(positions, 0), op.unsqueeze(positions, 1));
  const slopes = Float32Array.from({ length: heads }, (_, head) => 2 ** ((-8 * (head + 1)) / heads));
  const decay = op.mul(op.unsqueeze(ahead, 0), graph.initializer('slopes', tensor('float32', [heads, 1, 1], slopes)));
  return op.where(op.unsqueeze(op.greater(ahead, 0), 0), graph.scalar('float32', HIDDEN), decay);
};
