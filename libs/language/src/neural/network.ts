import type { Parameters } from '@offerstream/autodiff';
import type { Value } from '@offerstream/onnx';

type Single = Value<'float32'>;

/**
 * Sets some of x to 0 while a network trains; gives back x as it is otherwise.
 *
 * @param x [T, B, size] or [B, T, size]
 * @param timeAxis which of the axes is T
 */
export type Dropout = (place: string, x: Single, timeAxis: 0 | 1) => Single;

/** What a network makes of sentences so far. */
export interface NetworkParts {
  /** [T, B, features]: what it knows after each token, and after that token's sentence alone. */
  readonly features: Single;
  /** From features [..., features] to logits [..., V]. */
  readonly logits: (features: Single) => Single;
}

/** A network that says which word comes next: the same function builds the graphs that train, evaluate and serve. */
export interface Network {
  readonly kind: 'lstm' | 'transformer';
  /** V. */
  readonly vocabularySize: number;
  /** All sizes, for the model's card. */
  readonly sizes: Readonly<Record<string, number | boolean>>;
  /**
   * @param tokens [T, B] int64: each column a sentence's start, its words and any padding after them
   */
  readonly build: (parameters: Parameters, tokens: Value<'int64'>, dropout: Dropout) => NetworkParts;
}
