import { SeededRandom } from '@offerstream/autodiff';
import { END, topWords, type Vocabulary } from '@offerstream/language';
import { joinedScores } from './joined-scores.js';
import type { CompletionPart, CompletionTask, FinishReason, TokenScores, TokenUsage } from './language-tasks.js';
import { MAX_WORDS, tooManyWords } from './language-refusal.js';
import type { Work } from '../threads/answer-tasks.js';
import type { LoadedLanguageModel } from './loaded-language-model.js';
import { sampleWord, withoutUnknown } from './sampling.js';
import { StopTexts } from './stop-texts.js';

/**
 * Continues texts word by word, all choices of a request side by side, so that a network is asked once for all of them. The same task
 * gives the same texts.
 *
 * @returns the tokens that were read and made; the end of a sentence is none
 * @throws TaskRefusal `too-many-tokens`
 */
export const completeTexts = async (
  loaded: LoadedLanguageModel,
  task: CompletionTask,
  { signal, pause, onPart }: Work & { readonly onPart: (part: CompletionPart) => void },
): Promise<TokenUsage> => {
  const { model } = loaded;
  const width = model.vocabularySize;
  const prompts = task.prompts.map((prompt) => readPrompt(loaded, prompt));
  const usage = { promptTokens: prompts.reduce((sum, { words }) => sum + words.length, 0), completionTokens: 0 };
  const choices = prompts.flatMap((prompt, index) =>
    Array.from({ length: task.n }, (_, copy) => new Choice(index * task.n + copy, prompt, loaded, task)),
  );
  const tell = (choice: Choice, shown: Shown, finishReason?: FinishReason): void =>
    onPart({ choice: choice.index, ...shown, finishReason, usage: { ...usage } });

  if (task.echo) {
    for (const [index, prompt] of prompts.entries()) {
      const scores = task.logprobs === undefined ? undefined : await scorePrompt(loaded, prompt, task.logprobs);
      for (const choice of choices.slice(index * task.n, (index + 1) * task.n))
        if (prompt.text !== '') tell(choice, { text: prompt.text, scores });
    }
  }
  let active = choices;
  for (let made = 0; made < task.maxTokens && active.length > 0; made++) {
    signal.throwIfAborted();
    const rows = new Float32Array(active.length * width);
    await model.afterHistories(
      active.map(({ history }) => Uint16Array.from(history)),
      rows,
    );
    for (const [row, choice] of active.entries()) {
      const distribution = rows.subarray(row * width, (row + 1) * width);
      withoutUnknown(distribution);
      const word = sampleWord(distribution, { ...task, random: choice.random.next });
      if (word === END) {
        tell(choice, choice.rest(), 'stop');
      } else {
        usage.completionTokens += 1;
        const shown = choice.add(word, distribution);
        if (choice.isStopped) tell(choice, shown, 'stop');
        else if (made + 1 === task.maxTokens) tell(choice, joined(shown, choice.rest()), 'length');
        else if (shown.text !== '') tell(choice, shown);
      }
    }
    active = active.filter(({ isStopped }) => !isStopped);
    await pause();
  }
  if (task.maxTokens === 0) for (const choice of choices) tell(choice, choice.rest(), 'length');
  return usage;
};

interface Prompt {
  /** As they were read. */
  readonly words: readonly string[];
  readonly history: Uint16Array;
  /** The words, joined by spaces. */
  readonly text: string;
  /** Whether a space is missing before what follows. */
  readonly needsSpace: boolean;
}

const readPrompt = ({ tokenize, vocabulary }: LoadedLanguageModel, prompt: string): Prompt => {
  const words = tokenize(prompt);
  if (words.length > MAX_WORDS) throw tooManyWords('prompt', words.length);
  return {
    words,
    history: vocabulary.encode(words),
    text: words.join(' '),
    needsSpace: words.length > 0 && !/\s$/u.test(prompt),
  };
};

const scorePrompt = async (
  { model, vocabulary }: LoadedLanguageModel,
  { words, history }: Prompt,
  top: number,
): Promise<TokenScores> => {
  const width = model.vocabularySize;
  const rows = new Float32Array((words.length + 1) * width);
  await model.alongSentences([history], rows);
  let offset = 0;
  const scored = words.map((word, index): ScoredText => {
    const distribution = rows.subarray(index * width, (index + 1) * width);
    const text = index === 0 ? word : ` ${word}`;
    const logProbability = distribution[history[index] as number] as number;
    const token = { text, logProbability, top: topOf(distribution, top, vocabulary, spaceOf(text)), offset };
    offset += text.length;
    return token;
  });
  return scoresOf(scored);
};

interface ScoredText {
  readonly text: string;
  readonly logProbability: number;
  readonly top: Readonly<Record<string, number>>;
  readonly offset: number;
}

interface Shown {
  readonly text: string;
  readonly scores: TokenScores | undefined;
}

/** One text that grows. */
class Choice {
  readonly history: number[];
  readonly random: SeededRandom;
  isStopped = false;
  private readonly stops: StopTexts;
  private text = '';
  private shown = 0;
  /** Whose text is not all shown. */
  private waiting: ScoredText[] = [];
  /** Where its own text begins in what is shown. */
  private readonly start: number;
  private readonly isBare: boolean;

  constructor(
    readonly index: number,
    prompt: Prompt,
    private readonly loaded: LoadedLanguageModel,
    private readonly task: CompletionTask,
  ) {
    this.history = [...prompt.history];
    this.random = new SeededRandom(mixed(task.seed, index));
    this.stops = new StopTexts(task.stop);
    this.start = task.echo ? prompt.text.length : 0;
    // What is echoed has lost the white space at its end.
    this.isBare = prompt.words.length === 0 || !(prompt.needsSpace || task.echo);
  }

  /** @param distribution [V] that the word was drawn from */
  add(word: number, distribution: Float32Array): Shown {
    const { vocabulary } = this.loaded;
    const isFirst = this.text === '';
    const text = isFirst && this.isBare ? vocabulary.wordOf(word) : ` ${vocabulary.wordOf(word)}`;
    this.waiting.push({
      text,
      logProbability: distribution[word] as number,
      top: topOf(distribution, this.task.logprobs ?? 0, vocabulary, spaceOf(text)),
      offset: this.start + this.text.length,
    });
    this.history.push(word);
    this.text += text;
    const { upTo, isStopped } = this.stops.add(text);
    this.isStopped = isStopped;
    return this.show(upTo);
  }

  /** What was held back: the text is at its end. */
  rest(): Shown {
    this.isStopped = true;
    return this.show(this.text.length);
  }

  private show(upTo: number): Shown {
    const text = this.text.slice(this.shown, upTo);
    this.shown = upTo;
    const isShown = (token: ScoredText): boolean => {
      const begin = token.offset - this.start;
      return this.isStopped ? begin < upTo : begin + token.text.length <= upTo;
    };
    const tokens = this.waiting.filter(isShown);
    this.waiting = this.waiting.filter((token) => !isShown(token));
    return { text, scores: this.task.logprobs === undefined ? undefined : scoresOf(tokens) };
  }
}

/** What stands in front of the word of a token. */
const spaceOf = (token: string): string => (token.startsWith(' ') ? ' ' : '');

/** The likeliest words as they would stand in the token's place. */
const topOf = (
  distribution: Float32Array,
  count: number,
  vocabulary: Vocabulary,
  space: string,
): Readonly<Record<string, number>> =>
  Object.fromEntries(
    topWords(distribution, count)
      .filter(({ logProbability }) => logProbability > -Infinity)
      .map(({ id, logProbability }) => [`${space}${vocabulary.wordOf(id)}`, logProbability]),
  );

const scoresOf = (tokens: readonly ScoredText[]): TokenScores => ({
  tokens: tokens.map(({ text }) => text),
  logProbabilities: tokens.map(({ logProbability }) => logProbability),
  top: tokens.map(({ top }) => top),
  offsets: tokens.map(({ offset }) => offset),
});

const joined = (one: Shown, other: Shown): Shown => ({
  text: one.text + other.text,
  scores: one.scores && other.scores ? joinedScores(one.scores, other.scores) : undefined,
});

/** Seeds that are near each other, and the choices of one request, give numbers that have nothing in common. */
const mixed = (seed: number, index: number): number =>
  (Math.imul(seed ^ (seed >>> 16), 0x45d9f3b) ^ Math.imul(index + 1, 0x9e3779b1)) >>> 0;
