import type { ServingEncoder, ServingVersion } from '../models/model-folder.js';

/** Texts that are to be continued. */
export interface CompletionTask {
  readonly kind: 'complete';
  readonly model: ServingVersion;
  readonly prompts: readonly string[];
  /** Texts of each prompt. */
  readonly n: number;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP: number;
  readonly seed: number;
  readonly stop: readonly string[];
  /** How many of the likeliest words are told in each place; undefined: no log-probabilities. */
  readonly logprobs: number | undefined;
  /** Whether the text begins with the prompt. */
  readonly echo: boolean;
}

/** Log-probabilities of some tokens, in the order of the text. */
export interface TokenScores {
  readonly tokens: readonly string[];
  readonly logProbabilities: readonly number[];
  /** The likeliest words in each place. */
  readonly top: readonly Readonly<Record<string, number>>[];
  /** Where each token begins in the choice's text. */
  readonly offsets: readonly number[];
}

export type FinishReason = 'stop' | 'length';

/** A part of a choice's text: parts come in order, the last has the reason why it is the last. */
export interface CompletionPart {
  readonly choice: number;
  readonly text: string;
  readonly scores: TokenScores | undefined;
  readonly finishReason: FinishReason | undefined;
  /** Tokens of the whole request so far: when the client goes away these were used. */
  readonly usage: TokenUsage;
}

export interface TokenUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

export interface ScoreTask {
  readonly kind: 'score';
  readonly model: ServingVersion;
  /** Its lines are its sentences. */
  readonly text: string;
}

export interface ScoredToken {
  readonly token: string;
  readonly logProbability: number;
  /** Whether the model knows the word; the log-probability of one that it does not know is that of any such word. */
  readonly known: boolean;
}

export interface EmbedTask {
  readonly kind: 'embed';
  readonly encoder: ServingEncoder;
  readonly texts: readonly string[];
}

export interface Embeddings {
  /** [texts, dimensions], each of unit length. */
  readonly vectors: Float32Array<ArrayBuffer>;
  readonly tokens: number;
}

export interface CopyTask {
  readonly kind: 'copy';
  readonly model: ServingVersion;
  readonly templates: readonly string[];
  readonly item: CopyItem;
  readonly maxWords: number;
  readonly seed: number;
}

/** What a template can name of an item. */
export interface CopyItem {
  readonly title: string | undefined;
  readonly categories: readonly string[];
  readonly price: string | undefined;
}

export interface WrittenCopy {
  readonly text: string;
  /** Of those that were given. */
  readonly template: string;
  readonly tokens: number;
}

export type LanguageTask = CompletionTask | ScoreTask | EmbedTask | CopyTask;
export type TaskKind = LanguageTask['kind'];

export interface TaskResults {
  readonly complete: TokenUsage;
  readonly score: readonly ScoredToken[];
  readonly embed: Embeddings;
  readonly copy: WrittenCopy;
}
