import { titleTokenizer } from '../text/tokenizers.js';

/** A shop's titles and what was acted on together. */
export interface TitleSet {
  /** Each once: two that have the same words are one. */
  readonly titles: readonly string[];
  /** Of each title. */
  readonly words: readonly (readonly string[])[];
  /** Positions in the titles, each once; in the order given, those with fewer than two left out. */
  readonly sessions: readonly (readonly number[])[];
}

/** @param sessions the titles that were acted on in each; those that are not among the titles are added to them */
export const titleSet = (titles: Iterable<string>, sessions: Iterable<readonly string[]>): TitleSet => {
  const positions = new Map<string, number>();
  const known = new Map<string, number | undefined>();
  const texts: string[] = [];
  const words: (readonly string[])[] = [];
  const positionOf = (title: string): number | undefined => {
    if (known.has(title)) return known.get(title);
    const ofTitle = titleTokenizer(title);
    const key = ofTitle.join(' ');
    let position = positions.get(key);
    if (position === undefined && ofTitle.length > 0) {
      position = texts.push(title) - 1;
      words.push(ofTitle);
      positions.set(key, position);
    }
    known.set(title, position);
    return position;
  };
  for (const title of titles) positionOf(title);
  const positioned: (readonly number[])[] = [];
  for (const session of sessions) {
    const members = [...new Set(session.map(positionOf))].filter((position) => position !== undefined);
    if (members.length > 1) positioned.push(members);
  }
  return { titles: texts, words, sessions: positioned };
};

/** The parts of a {@link TitleSet} by what they are for. */
export interface SplitTitles {
  /** Positions of titles. */
  readonly titles: readonly number[];
  readonly sessions: readonly (readonly number[])[];
}

export type Part = 'train' | 'validation' | 'test';

/**
 * Titles by their position modulo 10 (8 for validation, 9 for the test); of the sessions the last tenth for the test and the tenth
 * before for validation.
 */
export const splitTitles = ({ titles, sessions }: TitleSet): Readonly<Record<Part, SplitTitles>> => {
  const tenth = Math.floor(sessions.length / 10);
  const positions = [...titles.keys()];
  const [toValidation, toTest] = [sessions.length - 2 * tenth, sessions.length - tenth];
  return {
    train: { titles: positions.filter((at) => at % 10 < 8), sessions: sessions.slice(0, toValidation) },
    validation: { titles: positions.filter((at) => at % 10 === 8), sessions: sessions.slice(toValidation, toTest) },
    test: { titles: positions.filter((at) => at % 10 === 9), sessions: sessions.slice(toTest) },
  };
};
