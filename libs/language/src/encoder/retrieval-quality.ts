import { setImmediate as nextTurn } from 'node:timers/promises';
import { titleTokenizer } from '../text/tokenizers.js';
import { QUESTION_KINDS, type QuestionKind, type Questions } from './retrieval-questions.js';

/** Embeds texts. @returns [texts, d], each row of unit length */
export type EmbedTexts = (texts: readonly string[]) => Promise<Float32Array>;

/** How near each candidate is to each question: [questions, candidates], the larger the nearer, question after question. */
export type Ranking = (questions: Questions) => AsyncIterable<Float32Array>;

export interface RetrievalQuality {
  readonly questions: number;
  /** Share of the questions whose answer is among the ten nearest. */
  readonly recallAt10: number;
  /** Mean of 1 / rank of the answer. */
  readonly meanReciprocalRank: number;
}

/** How well a ranking finds the answers, for each kind of question that there is; of equally near candidates any order is as likely. */
export const retrievalQuality = async (
  ranking: Ranking,
  asked: Questions,
): Promise<Readonly<Partial<Record<QuestionKind, RetrievalQuality>>>> => {
  const ranks = new Map<QuestionKind, number[]>(QUESTION_KINDS.map((kind) => [kind, []]));
  let number = 0;
  for await (const nearness of ranking(asked)) {
    const question = asked.questions[number++];
    if (question === undefined) break;
    ranks.get(question.kind)?.push(rankOf(question.answer, question.asking, nearness));
    // Asked without a pause, the process would not hear Ctrl-C.
    await nextTurn();
  }
  const measured = [...ranks].filter(([, of]) => of.length > 0);
  return Object.fromEntries(
    measured.map(([kind, of]) => [
      kind,
      {
        questions: of.length,
        recallAt10: of.filter((rank) => rank <= 10).length / of.length,
        meanReciprocalRank: of.reduce((sum, rank) => sum + 1 / rank, 0) / of.length,
      },
    ]),
  );
};

/** From 1; in the middle of those that are equally near, or of which that can't be told since they have no number. */
const rankOf = (answer: number, asking: number | undefined, nearness: Float32Array): number => {
  const own = nearness[answer] as number;
  let nearer = 0;
  let equal = 0;
  for (let candidate = 0; candidate < nearness.length; candidate++) {
    if (candidate === answer || candidate === asking) continue;
    const other = nearness[candidate] as number;
    if (other > own) nearer += 1;
    else if (!(other < own)) equal += 1;
  }
  return 1 + nearer + equal / 2;
};

/** By the cosine of the embeddings. */
export const byEmbedding = (embed: EmbedTexts): Ranking =>
  async function* ({ candidates, questions }) {
    const titles = await embed(candidates);
    const texts = await embed(questions.map(({ text }) => text));
    const dimensions = titles.length / candidates.length;
    const nearness = new Float32Array(candidates.length);
    for (let question = 0; question < questions.length; question++) {
      const text = texts.subarray(question * dimensions, (question + 1) * dimensions);
      for (let candidate = 0; candidate < candidates.length; candidate++) {
        let sum = 0;
        const from = candidate * dimensions;
        for (let d = 0; d < dimensions; d++) sum += (text[d] as number) * (titles[from + d] as number);
        nearness[candidate] = sum;
      }
      yield nearness;
    }
  };

/** By the words that texts have in common, a rare one counting more: the cosine of their words' inverse document frequencies. */
export const byCommonWords: Ranking = async function* ({ candidates, questions }) {
  const places = new Map<string, number[]>();
  const wordsOf = candidates.map((title) => [...new Set(titleTokenizer(title))]);
  for (const [candidate, words] of wordsOf.entries()) {
    for (const word of words) {
      const ofWord = places.get(word) ?? [];
      ofWord.push(candidate);
      places.set(word, ofWord);
    }
  }
  const weightOf = (word: string): number => Math.log(1 + candidates.length / (places.get(word)?.length ?? Infinity));
  const lengths = wordsOf.map((words) => Math.hypot(...words.map(weightOf)));
  const nearness = new Float32Array(candidates.length);
  for (const { text } of questions) {
    nearness.fill(0);
    for (const word of new Set(titleTokenizer(text))) {
      for (const candidate of places.get(word) ?? []) {
        nearness[candidate] = (nearness[candidate] as number) + weightOf(word) ** 2 / (lengths[candidate] as number);
      }
    }
    yield await Promise.resolve(nearness);
  }
};
