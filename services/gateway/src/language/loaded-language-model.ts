import type { NextWordModel, Tokenizer, Vocabulary } from '@offerstream/language';

/** A language model that can be asked. */
export interface LoadedLanguageModel {
  readonly vocabulary: Vocabulary;
  readonly tokenize: Tokenizer;
  readonly model: NextWordModel;
}
