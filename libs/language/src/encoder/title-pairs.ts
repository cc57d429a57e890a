import type { Random } from '@offerstream/autodiff';
import { misspelt, partOf } from './title-pieces.js';
import type { SplitTitles, TitleSet } from './title-set.js';

/** Two texts whose embeddings are to be near. */
export interface TitlePair {
  /** Position of the title that the first text is, or is a part of. */
  readonly anchor: number;
  /** Words of the part; the whole title where it is missing. */
  readonly part?: readonly string[];
  /** Position of the title that belongs to it. */
  readonly positive: number;
}

/** What share of the parts has a slip in it. */
const MISSPELT_SHARE = 0.3;

/** Draws pairs to learn from: half of them titles of one session, where there are sessions, the others parts of titles. */
export class TitlePairs {
  readonly #words: TitleSet['words'];
  readonly #partitioned: readonly number[];
  readonly #sessions: SplitTitles['sessions'];
  readonly #sessionShare: number;
  readonly #shares: Float64Array;

  constructor(set: TitleSet, { titles, sessions }: SplitTitles) {
    this.#words = set.words;
    this.#partitioned = titles.filter((title) => (set.words[title]?.length ?? 0) > 1);
    this.#sessions = sessions;
    this.#sessionShare = sessions.length === 0 ? 0 : this.#partitioned.length === 0 ? 1 : 0.5;
    this.#shares = new Float64Array(set.titles.length);
    for (const title of this.#partitioned) this.#add(title, (1 - this.#sessionShare) / this.#partitioned.length);
    for (const session of sessions) {
      for (const title of session) this.#add(title, this.#sessionShare / sessions.length / session.length);
    }
  }

  #add(title: number, share: number): void {
    this.#shares[title] = (this.#shares[title] as number) + share;
  }

  /** Whether there is a pair to be drawn. */
  get empty(): boolean {
    return this.#partitioned.length === 0 && this.#sessions.length === 0;
  }

  /** How likely a title is the positive of a pair. */
  shareOf(title: number): number {
    return this.#shares[title] as number;
  }

  draw(random: Random): TitlePair {
    return random() < this.#sessionShare ? this.#drawSession(random) : this.#drawPart(random);
  }

  #drawSession(random: Random): TitlePair {
    const session = one(this.#sessions, random);
    const anchor = Math.floor(random() * session.length);
    const positive = (anchor + 1 + Math.floor(random() * (session.length - 1))) % session.length;
    return { anchor: session[anchor] as number, positive: session[positive] as number };
  }

  #drawPart(random: Random): TitlePair {
    const title = one(this.#partitioned, random);
    const part = partOf(this.#words[title] as readonly string[], random) as readonly string[];
    const slip = random() < MISSPELT_SHARE ? misspelt(part, random) : undefined;
    return { anchor: title, part: slip ?? part, positive: title };
  }
}

const one = <T>(of: readonly T[], random: Random): T => of[Math.floor(random() * of.length)] as T;
