import type { ItemId } from '@offerstream/contracts';
import { Corpus, learnVocabulary, NGramModel, readWords, titleTokenizer } from '@offerstream/language';
import { wordsOf } from '../text/words.js';
import { nGramScorer } from './n-gram-scorer.js';
import { neighbourTaste } from './neighbour-taste.js';
import { scoreOf, withTastes, type Affinity, type SuggestWeights, type WeighedCompletion } from './rank-completions.js';
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
const HALF_LIVES_MS = [7, 15, 30, 60, 120, 365].map((days) => days * DAY_MS);
const LANGUAGE_WEIGHTS = [0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6];
const TASTE_WEIGHTS = [0, 0.5, 1, 2, 4, 8, 16];

/**
 * Asks for the names that shoppers bought later, after three characters, with the counts of what was bought before. All names are titles
 * of the catalog from the start, for the baseline, too. A shopper's taste is what they had bought until then. Half-life and weights are
 * chosen on the validation part; the test part is asked once.
 *
 * @param given purchases in the order of time
 */
export const evaluateSuggest = async (given: readonly NamePurchase[]): Promise<SuggestReport> => {
  const purchases = given
    .map((purchase) => ({ ...purchase, name: wordsOf(purchase.name).shown.join(' ') }))
    .filter(({ name }) => name !== '');
  const validation = await partOf(purchases, VALIDATION_FROM, TEST_FROM);
  let best = { halfLifeMs: 0, weights: POPULARITY, rank: -1 };
  for (const halfLifeMs of HALF_LIVES_MS) {
    const answers = validation.ask(halfLifeMs);
    for (const language of LANGUAGE_WEIGHTS) {
      for (const taste of TASTE_WEIGHTS) {
        const weights = { popularity: 1, language, taste };
        const rank = meanReciprocalRank(answers, weights);
        if (rank > best.rank) best = { halfLifeMs, weights, rank };
      }
    }
  }

  const { halfLifeMs, weights } = best;
  const test = await partOf(purchases, TEST_FROM, 1);
  const answers = { validation: validation.ask(halfLifeMs), test: test.ask(halfLifeMs) };
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
      language: rank({ popularity: 0, language: 1, taste: 0 }),
      taste: rank({ popularity: 0, language: 0, taste: 1 }),
    },
    without: {
      popularity: rank({ ...weights, popularity: 0 }),
      language: rank({ ...weights, language: 0 }),
      taste: rank({ ...weights, taste: 0 }),
    },
    all: rank(weights),
  };
};

const POPULARITY: SuggestWeights = { popularity: 1, language: 0, taste: 0 };

interface Answer {
  readonly completions: readonly WeighedCompletion[];
  /** The one that is the name. */
  readonly bought: WeighedCompletion | undefined;
}

interface Part {
  readonly mostPopular: number;
  ask(halfLifeMs: number): readonly Answer[];
}

const partOf = async (purchases: readonly NamePurchase[], fromShare: number, toShare: number): Promise<Part> => {
  const from = Math.floor(purchases.length * fromShare);
  const to = Math.floor(purchases.length * toShare);
  const counted = purchases.slice(0, from);
  const names = new Set(purchases.map(({ name }) => name));
  const questions = questionsOf(purchases, from, to);
  const index = new SuggestIndex({ scoreWords: await learnScorer(counted.map(({ name }) => name)) });
  for (const name of names) index.setItem(name as ItemId, name);
  const tasteOf = neighbourTaste(basketsOf(counted));
  const tastes = questions.map(({ bought }) => tasteOf(bought));
  const cutMs = purchases[from]?.atMs ?? 0;
  return {
    mostPopular: mostPopularRank(counted, names, questions),
    ask(halfLifeMs) {
      for (const [name, count] of decayedCounts(counted, halfLifeMs, cutMs)) index.setItemCount(name, count);
      const completed = new Map<string, readonly Completion[]>();
      return questions.map(({ name }, at) => {
        const typed = name.slice(0, TYPED);
        let completions = completed.get(typed);
        if (completions === undefined) completed.set(typed, (completions = index.completions(typed, CUTOFF)));
        const weighed = withTastes(completions, tastes[at] as Affinity);
        return { completions: weighed, bought: weighed.find(({ text }) => text === name) };
      });
    },
  };
};

const decayedCounts = (
  purchases: readonly NamePurchase[],
  halfLifeMs: number,
  nowMs: number,
): ReadonlyMap<ItemId, number> => {
  const counts = new Map<ItemId, number>();
  for (const { name, atMs } of purchases) {
    const item = name as ItemId;
    counts.set(item, (counts.get(item) ?? 0) + 2 ** ((atMs - nowMs) / halfLifeMs));
  }
  return counts;
};

interface Question {
  readonly name: string;
  /** What the shopper had bought before. */
  readonly bought: readonly ItemId[];
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
    questions.push({ name, bought: earlier.map((other) => other.name as ItemId) });
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

const basketsOf = (purchases: readonly NamePurchase[]): Iterable<ReadonlySet<ItemId>> => {
  const baskets = new Map<string, Set<ItemId>>();
  for (const { subject, name } of purchases) {
    baskets.set(subject, (baskets.get(subject) ?? new Set()).add(name as ItemId));
  }
  return baskets.values();
};

const mostPopularRank = (
  counted: readonly NamePurchase[],
  names: ReadonlySet<string>,
  questions: readonly Question[],
): number => {
  const counts = new Map<string, number>();
  for (const { name } of counted) counts.set(name, (counts.get(name) ?? 0) + 1);
  const ranked = [...names].sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || (a < b ? -1 : 1));
  const seen = new Map<string, number>();
  const reciprocals = new Map<string, number>();
  for (const name of ranked) {
    const better = seen.get(name.slice(0, TYPED)) ?? 0;
    reciprocals.set(name, reciprocal(better));
    seen.set(name.slice(0, TYPED), better + 1);
  }
  return mean(questions.map(({ name }) => reciprocals.get(name) as number));
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
