import type { ItemId } from '@offerstream/contracts';
import { misspelt, partOf, titleTokenizer, type EmbedTexts } from '@offerstream/language';
import { LexicalIndex } from '../lexical/lexical-index.js';
import type { ScoredItem } from '../scored-item.js';
import { VectorIndex } from '../vector/vector-index.js';
import { mixRanks, RETRIEVED } from './mix-ranks.js';
import { whatIsMeant } from './what-is-meant.js';

export interface EvaluateSearchOptions {
  readonly titles: readonly string[];
  /** Search is by words alone without one. */
  readonly embed?: EmbedTexts | undefined;
  readonly random: () => number;
}

export interface SearchReport {
  readonly titles: number;
  /** Asked for a title by some of its words. */
  readonly part: TitleQuality;
  /** The same with a slip in a word. */
  readonly misspelt: TitleQuality;
  /** Queries of random letters. */
  readonly nonsense: { readonly questions: number; readonly answered: Share };
}

/** Mean reciprocal rank of the title among the first {@link CUTOFF} items; 0 where it is not there. */
export interface TitleQuality {
  readonly questions: number;
  readonly meanReciprocalRank: Share;
}

export interface Share {
  readonly words: number;
  /** Undefined without an encoder. */
  readonly wordsAndMeaning: number | undefined;
}

const MAX_QUESTIONS = 1_000;
const CUTOFF = 10;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** How well search finds a shop's titles, and how often it finds something for what means nothing. */
export const evaluateSearch = async ({ titles, embed, random }: EvaluateSearchOptions): Promise<SearchReport> => {
  const search = await searchOf(titles, embed);
  const part: Question[] = [];
  const slips: Question[] = [];
  const step = Math.max(1, titles.length / MAX_QUESTIONS);
  for (let place = 0; place < titles.length; place += step) {
    const answer = titles[Math.floor(place)] as string;
    const words = partOf(titleTokenizer(answer), random);
    const slip = words && misspelt(words, random);
    if (words !== undefined) part.push({ query: words.join(' '), answer });
    if (slip !== undefined) slips.push({ query: slip.join(' '), answer });
  }
  const nonsense = Array.from({ length: MAX_QUESTIONS }, () => ({ query: nonsenseOf(random) }));
  return {
    titles: titles.length,
    part: { questions: part.length, meanReciprocalRank: await meanOf(search, part, reciprocalRank) },
    misspelt: { questions: slips.length, meanReciprocalRank: await meanOf(search, slips, reciprocalRank) },
    nonsense: {
      questions: nonsense.length,
      answered: await meanOf(search, nonsense, (found) => Math.min(1, found.length)),
    },
  };
};

interface Question {
  readonly query: string;
  readonly answer: string;
}

interface Found {
  readonly words: readonly ScoredItem[];
  readonly wordsAndMeaning: readonly ScoredItem[] | undefined;
}

type Search = (queries: readonly string[]) => Promise<readonly Found[]>;

const searchOf = async (titles: readonly string[], embed: EmbedTexts | undefined): Promise<Search> => {
  const lexical = new LexicalIndex();
  for (const title of titles) lexical.setItem(title as ItemId, { title });
  const vectors = embed && (await vectorsOf(titles, embed));
  return async (queries) => {
    const embedded = embed && (await rowsOf(queries, embed));
    return queries.map((query, row) => {
      const byWords = lexical.search(query, RETRIEVED);
      const vector = embedded?.[row];
      const near = vector?.some(isNotZero) === true ? vectors?.nearest(vector, RETRIEVED) : undefined;
      return {
        words: byWords.slice(0, CUTOFF),
        wordsAndMeaning:
          embed && mixRanks({ lexical: byWords, vector: whatIsMeant(byWords, near ?? []), limit: CUTOFF }),
      };
    });
  };
};

const vectorsOf = async (titles: readonly string[], embed: EmbedTexts): Promise<VectorIndex> => {
  const rows = await rowsOf(titles, embed);
  const index = new VectorIndex(rows[0]?.length ?? 0);
  for (const [row, title] of titles.entries()) {
    const vector = rows[row];
    if (vector?.some(isNotZero) === true) index.setItem(title as ItemId, vector);
  }
  return index;
};

const rowsOf = async (texts: readonly string[], embed: EmbedTexts): Promise<readonly Float32Array[]> => {
  const embeddings = await embed(texts);
  const dimensions = embeddings.length / texts.length;
  return texts.map((_, row) => embeddings.subarray(row * dimensions, (row + 1) * dimensions));
};

const meanOf = async <Asked extends { readonly query: string }>(
  search: Search,
  questions: readonly Asked[],
  worth: (found: readonly ScoredItem[], question: Asked) => number,
): Promise<Share> => {
  const found = await search(questions.map(({ query }) => query));
  const mean = (of: (found: Found) => readonly ScoredItem[]): number =>
    found.reduce((sum, each, place) => sum + worth(of(each), questions[place] as Asked), 0) / questions.length;
  return {
    words: mean(({ words }) => words),
    wordsAndMeaning: found[0]?.wordsAndMeaning && mean(({ wordsAndMeaning }) => wordsAndMeaning ?? []),
  };
};

const reciprocalRank = (found: readonly ScoredItem[], { answer }: Question): number => {
  const place = found.findIndex(({ item }) => item === answer);
  return place < 0 ? 0 : 1 / (place + 1);
};

/** One to three words of three to nine letters. */
const nonsenseOf = (random: () => number): string => {
  const upTo = (count: number): number => Math.floor(random() * count);
  const word = (): string => Array.from({ length: 3 + upTo(7) }, () => LETTERS.charAt(upTo(LETTERS.length))).join('');
  return Array.from({ length: 1 + upTo(3) }, word).join(' ');
};

const isNotZero = (value: number): boolean => value !== 0;
