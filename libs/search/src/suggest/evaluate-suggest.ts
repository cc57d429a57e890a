import { setImmediate } from 'node:timers/promises';
import type { ItemId } from '@offerstream/contracts';
import { Corpus, learnVocabulary, NGramModel, readWords, titleTokenizer } from '@offerstream/language';
import { wordsOf } from '../text/words.js';
import { nGramScorer } from './n-gram-scorer.js';
import { habitOf, type Habit, type PastDeed } from './habit.js';
import { scoreOf, weigh, type SuggestWeights, type WeighedCompletion } from './rank-completions.js';
import { SuggestIndex, type Completion, type ScoreWords } from './suggest-index.js';

/** Somebody bought something: what they would have typed is its name. */
export interface NamePurchase {
  readonly subject: string;
  readonly name: string;
  readonly atMs: number;
}

/** Mean reciprocal rank of the bought name among the first {@link CUTOFF} completions; 0 where it is not there. */
export interface HeldOutRank {
  readonly validation: number;
  readonly test: number;
}

export interface SuggestReport {
  readonly questions: { readonly validation: number; readonly test: number };
  /** Chosen on the validation part. */
  readonly weights: SuggestWeights;
  readonly halfLifeMs: number;
  /** Names that start with what was typed, those first that were bought most often (Bar-Yossef & Kraus 2011). */
  readonly mostPopular: HeldOutRank;
  /** One feature of the index alone. */
  readonly alone: Readonly<Record<keyof SuggestWeights, HeldOutRank>>;
  /** All but one of them, with the same weights. */
  readonly without: Readonly<Record<keyof SuggestWeights, HeldOutRank>>;
  readonly all: HeldOutRank;
}

/** Characters of the name that are typed. */
const TYPED = 3;
const CUTOFF = 5;
/** Shares of the purchases, by time: those before are counted, those up to the next are asked about. */
const VALIDATION_FROM = 0.7;
const TEST_FROM = 0.85;
/** Of each part, evenly. */
const MAX_QUESTIONS = 5_000;
const DAY_MS = 86_400_000;
const HALF_LIVES_MS = [3, 7, 15, 30, 60].map((days) => days * DAY_MS);
const LANGUAGE_WEIGHTS = [0, 0.05, 0.1, 0.2, 0.4];
const HABIT_WEIGHTS = [0, 0.5, 1, 1.5, 2, 3, 4];

/**
 * Asks for the names that shoppers bought later, after three characters, with the counts of what was bought until the day before. All
 * names are titles of the catalog from the start, for the baseline, too. The language model learned from what was bought before
 * the part began; a shopper's habit is of what they had bought until then. Half-life and weights are chosen on
 * the validation part; the test part is asked once.
 *
 * @param given purchases in the order of time
 * @throws the signal's reason
 */
export const evaluateSuggest = async (given: readonly NamePurchase[], signal?: AbortSignal): Promise<SuggestReport> => {
  const purchases = given
    .map((purchase) => ({ ...purchase, name: wordsOf(purchase.name).shown.join(' ') }))
    .filter(({ name }) => name !== '');
  const validation = await partOf(purchases, VALIDATION_FROM, TEST_FROM);
  let best = { halfLifeMs: 0, weights: POPULARITY, rank: -1 };
  for (const halfLifeMs of HALF_LIVES_MS) {
    const answers = await validation.ask(halfLifeMs, signal);
    for (const language of LANGUAGE_WEIGHTS) {
      for (const habit of HABIT_WEIGHTS) {
        const weights = { popularity: 1, language, habit };
        const rank = meanReciprocalRank(answers, weights);
        if (rank > best.rank) best = { halfLifeMs, weights, rank };
      }
    }
  }

  const { halfLifeMs, weights } = best;
  const test = await partOf(purchases, TEST_FROM, 1);
  const answers = {
    validation: await validation.ask(halfLifeMs, signal),
    test: await test.ask(halfLifeMs, signal),
  };
  const rank = (chosen: SuggestWeights): HeldOutRank => ({
    validation: meanReciprocalRank(answers.validation, chosen),
    test: meanReciprocalRank(answers.test, chosen),
  });
  return {
    questions: { validation: answers.validation.length, test: answers.test.length },
    weights,
    halfLifeMs,
    mostPopular: { validation: validation.mostPopular, test: test.mostPopular },
    alone: {
      popularity: rank(POPULARITY),
      language: rank({ ...NONE, language: 1 }),
      habit: rank({ ...NONE, habit: 1 }),
    },
    without: {
      popularity: rank({ ...weights, popularity: 0 }),
      language: rank({ ...weights, language: 0 }),
      habit: rank({ ...weights, habit: 0 }),
    },
    all: rank(weights),
  };
};

const NONE: SuggestWeights = { popularity: 0, language: 0, habit: 0 };
const POPULARITY: SuggestWeights = { ...NONE, popularity: 1 };

interface Answer {
  readonly completions: readonly WeighedCompletion[];
  /** The one that is the name. */
  readonly bought: WeighedCompletion | undefined;
}

interface Part {
  readonly mostPopular: number;
  ask(halfLifeMs: number, signal: AbortSignal | undefined): Promise<readonly Answer[]>;
}

const partOf = async (purchases: readonly NamePurchase[], fromShare: number, toShare: number): Promise<Part> => {
  const from = Math.floor(purchases.length * fromShare);
  const to = Math.floor(purchases.length * toShare);
  const learned = purchases.slice(0, from);
  const names = [...new Set(purchases.map(({ name }) => name))];
  const questions = questionsOf(purchases, from, to);
  const index = new SuggestIndex({ scoreWords: await learnScorer(learned.map(({ name }) => name)) });
  for (const name of names) index.setItem(name as ItemId, name);
  const habits = questions.map(({ bought, atMs }) => habitOf(bought, atMs));
  return {
    mostPopular: mostPopularRank(purchases, names, questions),
    async ask(halfLifeMs, signal) {
      const counts = new CountsUntil(purchases, halfLifeMs);
      const completed = new Map<string, readonly Completion[]>();
      const answers: Answer[] = [];
      for (const [at, { name, dayMs }] of questions.entries()) {
        if (counts.moveTo(dayMs)) {
          // An interruption is heard between two days.
          await setImmediate();
          signal?.throwIfAborted();
          for (const each of names) index.setItemCount(each as ItemId, counts.of(each));
          completed.clear();
        }
        const typed = name.slice(0, TYPED);
        let completions = completed.get(typed);
        if (completions === undefined) completed.set(typed, (completions = index.completions(typed, CUTOFF)));
        const weighed = weigh(completions, habits[at] as Habit);
        answers.push({ completions: weighed, bought: weighed.find(({ text }) => text === name) });
      }
      return answers;
    },
  };
};

/** How often each name was bought until a moment that moves on, the later the more. */
class CountsUntil {
  /** By forward decay, from the first purchase. */
  private readonly weights = new Map<string, number>();
  private readonly sinceMs: number;
  private nowMs = -Infinity;
  private next = 0;

  /** @param halfLifeMs infinite for counts that last */
  constructor(
    private readonly purchases: readonly NamePurchase[],
    private readonly halfLifeMs: number,
  ) {
    this.sinceMs = purchases[0]?.atMs ?? 0;
  }

  /** @returns whether it moved */
  moveTo(atMs: number): boolean {
    if (atMs === this.nowMs) return false;
    this.nowMs = atMs;
    for (; this.next < this.purchases.length; this.next++) {
      const purchase = this.purchases[this.next] as NamePurchase;
      if (purchase.atMs >= atMs) break;
      const weight = 2 ** ((purchase.atMs - this.sinceMs) / this.halfLifeMs);
      this.weights.set(purchase.name, (this.weights.get(purchase.name) ?? 0) + weight);
    }
    return true;
  }

  of(name: string): number {
    return (this.weights.get(name) ?? 0) * 2 ** ((this.sinceMs - this.nowMs) / this.halfLifeMs);
  }
}

interface Question {
  readonly name: string;
  readonly atMs: number;
  /** When its day began. */
  readonly dayMs: number;
  /** What the shopper had bought before. */
  readonly bought: readonly PastDeed[];
}

const questionsOf = (purchases: readonly NamePurchase[], from: number, to: number): readonly Question[] => {
  const each = Math.max(1, Math.ceil((to - from) / MAX_QUESTIONS));
  const bySubject = new Map<string, NamePurchase[]>();
  for (const purchase of purchases.slice(0, to)) {
    const earlier = bySubject.get(purchase.subject);
    if (earlier === undefined) bySubject.set(purchase.subject, [purchase]);
    else earlier.push(purchase);
  }
  const questions: Question[] = [];
  for (let at = from; at < to; at += each) {
    const { subject, name, atMs } = purchases[at] as NamePurchase;
    if (name.length <= TYPED) continue;
    // What is in the same order is not known while it is looked for.
    const earlier = (bySubject.get(subject) ?? []).filter((other) => other.atMs < atMs);
    questions.push({
      name,
      atMs,
      dayMs: Math.floor(atMs / DAY_MS) * DAY_MS,
      bought: earlier.map((other) => ({ item: other.name as ItemId, atMs: other.atMs })),
    });
  }
  return questions;
};

const learnScorer = async (names: readonly string[]): Promise<ScoreWords> => {
  const lines = await readWords(names, titleTokenizer);
  const vocabulary = learnVocabulary(lines, 10_000);
  return nGramScorer(
    NGramModel.train(
      Corpus.ofLines(lines, vocabulary, () => true),
      { vocabulary, order: 3 },
    ),
    titleTokenizer,
  );
};

const mostPopularRank = (
  purchases: readonly NamePurchase[],
  names: readonly string[],
  questions: readonly Question[],
): number => {
  const counts = new CountsUntil(purchases, Infinity);
  const byTyped = Map.groupBy(names, (name) => name.slice(0, TYPED));
  return mean(
    questions.map(({ name, dayMs }) => {
      counts.moveTo(dayMs);
      const count = counts.of(name);
      let better = 0;
      for (const other of byTyped.get(name.slice(0, TYPED)) ?? []) {
        const difference = counts.of(other) - count;
        if (difference > 0 || (difference === 0 && other < name)) better += 1;
      }
      return reciprocal(better);
    }),
  );
};

const meanReciprocalRank = (answers: readonly Answer[], weights: SuggestWeights): number =>
  mean(
    answers.map(({ completions, bought }) => {
      if (bought === undefined) return 0;
      const score = scoreOf(bought, weights);
      let better = 0;
      for (const other of completions) {
        if (other.reading > bought.reading) continue;
        const difference = other.reading < bought.reading ? 1 : scoreOf(other, weights) - score;
        if (difference > 0 || (difference === 0 && other.text < bought.text)) better += 1;
      }
      return reciprocal(better);
    }),
  );

/** @param better how many stand before */
const reciprocal = (better: number): number => (better < CUTOFF ? 1 / (better + 1) : 0);

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
