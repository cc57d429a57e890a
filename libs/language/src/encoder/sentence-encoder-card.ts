import type { RetrievalQuality } from './retrieval-quality.js';
import { QUESTION_KINDS, type QuestionKind } from './retrieval-questions.js';

/** What an encoder found of what it had not seen, beside others: contents of `metrics.json`. */
export interface SentenceEncoderMetrics {
  readonly kind: 'sentence-encoder';
  readonly dimensions: number;
  /** Words with a vector of their own. */
  readonly words: number;
  /** Vectors that the n-grams share. */
  readonly buckets: number;
  readonly learnedFrom: { readonly titles: number; readonly sessions: number };
  /** Titles among which each answer was sought. */
  readonly candidates: number;
  /** In the order of the card, the encoder's own last. */
  readonly found: readonly {
    readonly name: string;
    readonly quality: Readonly<Partial<Record<QuestionKind, RetrievalQuality>>>;
  }[];
  readonly settings: object;
}

const ASKED: Readonly<Record<QuestionKind, string>> = {
  part: 'some of its words',
  misspelt: 'the same, one misspelt',
  partner: 'a title of the same session',
};

/** An encoder's card: Markdown for people. */
export const sentenceEncoderCard = (name: string, metrics: SentenceEncoderMetrics): string => {
  const { dimensions, words, buckets, learnedFrom, candidates, found, settings } = metrics;
  const kinds = QUESTION_KINDS.filter((kind) => found.some(({ quality }) => quality[kind] !== undefined));
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const questions = (kind: QuestionKind): number => found.at(-1)?.quality[kind]?.questions ?? 0;
  const rows = found.map((ranking) => row([ranking.name, ...kinds.map((kind) => cell(ranking.quality[kind]))]));
  return `# ${name}

A sentence encoder, trained on the shop's own titles and sessions: a text becomes ${dimensions} numbers of unit length, and titles that are
acted on together, or that share words, point in nearly the same direction. It knows ${words} words, and all others by their parts of 3
to 5 characters, which share ${buckets} vectors.

Learned from parts of ${learnedFrom.titles} titles and from ${learnedFrom.sessions} sessions. Asked for a title, among ${candidates}, by what it had not
learned from: the share of the answers among the ten nearest, and the mean of 1 / rank.

${row(['', ...kinds.map((kind) => `${ASKED[kind]} (${questions(kind)})`)])}
${row(Array<string>(kinds.length + 1).fill('---'))}
${rows.join('\n')}

Settings: \`${JSON.stringify(settings)}\`

It knows this shop's words alone. What they mean elsewhere, and other languages, it does not know.
`;
};

const cell = (quality: RetrievalQuality | undefined): string =>
  quality === undefined ? '' : `${quality.recallAt10.toFixed(3)}, ${quality.meanReciprocalRank.toFixed(3)}`;
