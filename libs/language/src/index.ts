export { textEmbedder } from './encoder/embed-texts.js';
export type { EncodedText, EncoderTokenizer } from './encoder/encoder-tokenizer.js';
export { PretrainedTokenizer } from './encoder/pretrained-tokenizer.js';
export { readEncoderTokenizer } from './encoder/read-encoder-tokenizer.js';
export {
  byCommonWords,
  byEmbedding,
  retrievalQuality,
  type EmbedTexts,
  type Ranking,
  type RetrievalQuality,
} from './encoder/retrieval-quality.js';
export type { Question, QuestionKind, Questions } from './encoder/retrieval-questions.js';
export { sentenceEncoderCard, type SentenceEncoderMetrics } from './encoder/sentence-encoder-card.js';
export { makeSentenceEncoder, SENTENCE_ENCODER } from './encoder/sentence-encoder-graph.js';
export type { SentenceEncoderOptions, SentenceEncoderProgress } from './encoder/sentence-encoder-options.js';
export { sentenceEncoderFiles, type SentenceEncoderVersion } from './encoder/sentence-encoder-version.js';
export { misspelt, partOf } from './encoder/title-pieces.js';
export { trainSentenceEncoder, type TrainedSentenceEncoder } from './encoder/train-sentence-encoder.js';
export { TrainedTokenizer } from './encoder/trained-tokenizer.js';
export { LanguageError, type LanguageErrorCode } from './errors.js';
export type { HeldOutPerplexity } from './fusion/evaluate-fusion.js';
export { fitWeights, type FitOptions, type FittedWeights } from './fusion/fit-weights.js';
export { componentsFor, fusionOf, type FusionIngredients, type FusionRecipe } from './fusion/fusion-recipe.js';
export { LogLinearModel } from './fusion/log-linear-model.js';
export { MAX_ORDER, NGramModel, type NGramOptions } from './n-gram/n-gram-model.js';
export { lstmNetwork, type LstmSizes } from './neural/lstm-network.js';
export { networkComponent, type RunGraph } from './neural/network-component.js';
export type { Network } from './neural/network.js';
export { servingGraph } from './neural/serving-graph.js';
export { trainNetwork, type EpochResult, type TrainedNetwork } from './neural/train-network.js';
export type { NetworkTrainingOptions, TrainingProgress } from './neural/training-options.js';
export type { DropoutRates } from './neural/training-graph.js';
export { transformerNetwork, type TransformerSizes } from './neural/transformer-network.js';
export { cacheComponent, type CacheOptions } from './next-word/cache-component.js';
export { nGramComponent } from './next-word/n-gram-component.js';
export type { NextWordModel } from './next-word/next-word-model.js';
export { perplexity, scoreSentence } from './next-word/score-sentences.js';
export { topWords, type ScoredWord } from './next-word/top-words.js';
export {
  LANGUAGE_MODEL_KINDS,
  languageModelCard,
  type LanguageMetrics,
  type LanguageModelKind,
} from './stored/language-model-card.js';
export {
  hasNetwork,
  languageModelFiles,
  nextWordModelOf,
  readLanguageModel,
  type LanguageModel,
  type LanguageModelVersion,
} from './stored/language-model-files.js';
export { Corpus, type Sentence } from './text/corpus.js';
export { MAX_LINE_BYTES, readLines } from './text/read-lines.js';
export { learnVocabulary, splitText, type SplitOptions, type SplitText } from './text/split-text.js';
export { spaceTokenizer, titleTokenizer, TOKENIZERS, type Tokenizer, type TokenizerName } from './text/tokenizers.js';
export { END, END_WORD, MAX_VOCABULARY, UNKNOWN, UNKNOWN_WORD, Vocabulary } from './text/vocabulary.js';
export { MAX_LINE_WORDS, readWords, type WordLines } from './text/word-lines.js';
export {
  learnLanguageModel,
  type LanguageLearningOptions,
  type LanguageSettings,
  type LearnedLanguageModel,
} from './training/learn-language-model.js';
