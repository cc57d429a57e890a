import { ACTION, type ActionName } from '@offerstream/contracts';
import { LearningError } from './errors.js';

/** What a shopper did with an item, and when. */
export interface Interaction {
  readonly subject: string;
  readonly item: string;
  readonly action: ActionName;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** Interactions in time order, in columns. Subjects and items are numbered in the order of their first appearance. */
export interface InteractionLog {
  readonly subjects: Int32Array;
  readonly items: Int32Array;
  /** Action codes of the contracts. */
  readonly actions: Uint8Array;
  /** Milliseconds since 1970. */
  readonly times: Float64Array;
  readonly subjectCount: number;
  readonly itemIds: readonly string[];
}

/** @throws {LearningError} `not-in-time-order` */
export const interactionLog = (interactions: Iterable<Interaction>): InteractionLog => {
  const subjectNumbers = new Map<string, number>();
  const itemNumbers = new Map<string, number>();
  const subjects: number[] = [];
  const items: number[] = [];
  const actions: number[] = [];
  const times: number[] = [];
  let newest = -Infinity;
  for (const { subject, item, action, time } of interactions) {
    if (time < newest) {
      throw new LearningError(
        'not-in-time-order',
        `interaction ${times.length} (${subject}, ${item}) is older than the one before it; sort them by time`,
      );
    }
    newest = time;
    subjects.push(numberOf(subject, subjectNumbers));
    items.push(numberOf(item, itemNumbers));
    actions.push(ACTION[action]);
    times.push(time);
  }
  return {
    subjects: Int32Array.from(subjects),
    items: Int32Array.from(items),
    actions: Uint8Array.from(actions),
    times: Float64Array.from(times),
    subjectCount: subjectNumbers.size,
    itemIds: [...itemNumbers.keys()],
  };
};

const numberOf = (id: string, numbers: Map<string, number>): number => {
  const known = numbers.get(id);
  if (known !== undefined) return known;
  numbers.set(id, numbers.size);
  return numbers.size - 1;
};

/** The first `count` interactions, with the numbers of the whole log. */
export const earlierPart = (log: InteractionLog, count: number): InteractionLog => ({
  ...log,
  subjects: log.subjects.subarray(0, count),
  items: log.items.subarray(0, count),
  actions: log.actions.subarray(0, count),
  times: log.times.subarray(0, count),
});

/** The time of the newest interaction, or 0. */
export const endTime = (log: InteractionLog): number => log.times.at(-1) ?? 0;

/** The positions in the log of each subject's interactions, in time order. */
export const positionsBySubject = (log: InteractionLog): readonly (readonly number[])[] => {
  const positions = Array.from({ length: log.subjectCount }, (): number[] => []);
  log.subjects.forEach((subject, position) => positions[subject]?.push(position));
  return positions;
};
