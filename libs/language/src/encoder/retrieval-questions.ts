import type { Random } from '@offerstream/autodiff';
import { misspelt, partOf } from './title-pieces.js';
import type { SplitTitles, TitleSet } from './title-set.js';

export const QUESTION_KINDS = ['part', 'misspelt', 'partner'] as const;
/**
 * `part`: which title some of its words are from; `misspelt`: the same with a slip in a word; `partner`: which title was acted on in one
 * session with this one.
 */
export type QuestionKind = (typeof QUESTION_KINDS)[number];

export interface Question {
  readonly kind: QuestionKind;
  readonly text: string;
  /** Position among the candidates. */
  readonly answer: number;
  /** Position of the title that asks, which can't be its own partner. */
  readonly asking?: number;
}

/** What an encoder is asked to tell how good it is. */
export interface Questions {
  /** Among which each answer is sought. */
  readonly candidates: readonly string[];
  readonly questions: readonly Question[];
}

/** Titles among which an answer is sought at most. */
const MAX_CANDIDATES = 10_000;

/** @param most questions of a kind at most */
export const retrievalQuestions = (
  { titles, words }: TitleSet,
  heldOut: SplitTitles,
  most: number,
  random: Random,
): Questions => {
  const chosen = new Map<number, number>();
  const positionOf = (title: number): number => {
    const position = chosen.get(title) ?? chosen.size;
    chosen.set(title, position);
    return position;
  };
  const questions: Question[] = [];
  for (const title of spread(heldOut.titles, most)) {
    const part = partOf(words[title] as readonly string[], random);
    if (part === undefined) continue;
    questions.push({ kind: 'part', text: part.join(' '), answer: positionOf(title) });
    const slip = misspelt(part, random);
    if (slip !== undefined) questions.push({ kind: 'misspelt', text: slip.join(' '), answer: positionOf(title) });
  }
  // As many as there are titles in the sessions at most: more would be asked twice.
  const partners = Math.min(most, heldOut.sessions.flat().length);
  for (let question = 0; question < partners; question++) {
    const session = heldOut.sessions[Math.floor((question * heldOut.sessions.length) / partners)] as readonly number[];
    const at = Math.floor(random() * session.length);
    const other = (at + 1 + Math.floor(random() * (session.length - 1))) % session.length;
    const [asking, asked] = [session[at], session[other]] as [number, number];
    questions.push({
      kind: 'partner',
      text: titles[asking] as string,
      answer: positionOf(asked),
      asking: positionOf(asking),
    });
  }
  spread([...titles.keys()], MAX_CANDIDATES - chosen.size).forEach(positionOf);
  return { candidates: Array.from(chosen.keys(), (title) => titles[title] as string), questions };
};

/** So many of a list at most, at equal distances. */
const spread = <T>(list: readonly T[], most: number): readonly T[] => {
  const count = Math.max(0, Math.min(list.length, most));
  return Array.from({ length: count }, (_, index) => list[Math.floor((index * list.length) / count)] as T);
};
