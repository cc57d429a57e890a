import type { NextWordModel, Tokenizer, Vocabulary } from '@offerstream/language';

/** A language model that can be asked. */
export interface LoadedLanguageModel {
  readonly vocabulary: Vocabulary;
  readonly tokenize: Tokenizer;
  readonly model: NextWordModel;
}

/** Under what circumstances a worker works on a request. */
export interface Work {
  /** Fires when nobody waits for the result any more. */
  readonly signal: AbortSignal;
  /** Lets others have a turn, and the signal fire. */
  readonly pause: () => Promise<void>;
}
