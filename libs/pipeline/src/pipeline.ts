import { Batch, BatchAbandoned, type Element } from './batch.js';
import type { Result } from './result.js';

/** Looks at one element; synchronous, since it runs for every record. */
export type Step<RecordType, In, Out> = (value: In, record: RecordType, batch: Batch<RecordType>) => Result<Out>;

/** Looks at a whole batch at once: the place for I/O. Returns one result an element, in order. */
export type BatchStep<RecordType, In, Out> = (
  elements: readonly Element<RecordType, In>[],
  batch: Batch<RecordType>,
) => Promise<readonly Result<Out>[]>;

type AnyElement = Element<unknown, unknown>;

/** A batch step and the steps after it. */
interface Stage {
  readonly name: string;
  /** Whether a batch may be in it while an earlier one still is. */
  readonly overlapping: boolean;
  readonly run: (elements: readonly AnyElement[], batch: Batch<unknown>) => Promise<readonly AnyElement[]>;
}

/**
 * A consumer as one expression of named steps, read from top to bottom. Several batches may be under way: while one is in a
 * stage, the next may be in the stage before it, never past it, and beside it only in an overlapping step. After an exception
 * no batch passes any stage: what follows a bug must not be saved.
 */
export class Pipeline<RecordType, Value> {
  /** When the newest batch is done with each stage. */
  private passages: readonly Promise<undefined>[];

  private constructor(
    readonly name: string,
    private readonly stages: readonly Stage[],
  ) {
    this.passages = stages.map(() => Promise.resolve(undefined));
  }

  static of<RecordType>(name: string): Pipeline<RecordType, RecordType> {
    const entry: Stage = { name, overlapping: false, run: (elements) => Promise.resolve(elements) };
    return new Pipeline<RecordType, RecordType>(name, [entry]);
  }

  step<Out>(step: NamedStep<Step<RecordType, Value, Out>>): Pipeline<RecordType, Out> {
    const last = this.stages[this.stages.length - 1];
    if (last === undefined) throw new Error('A pipeline has at least its entry.');
    const extended: Stage = {
      ...last,
      run: async (elements, batch) => {
        const before = (await last.run(elements, batch)) as readonly Element<RecordType, Value>[];
        const typedBatch = batch as Batch<RecordType>;
        return settle(
          step.name,
          before,
          before.map((element) => step(element.value, element.record, typedBatch)),
          typedBatch,
        );
      },
    };
    return new Pipeline(this.name, [...this.stages.slice(0, -1), extended]);
  }

  batchStep<Out>(step: NamedStep<BatchStep<RecordType, Value, Out>>): Pipeline<RecordType, Out> {
    return new Pipeline(this.name, [...this.stages, stageOf(step, false)]);
  }

  /** A batch step that several batches may wait in at once, for somebody else's work. They leave it in their order. */
  overlappingStep<Out>(step: NamedStep<BatchStep<RecordType, Value, Out>>): Pipeline<RecordType, Out> {
    const leave: Stage = { name: step.name, overlapping: false, run: (elements) => Promise.resolve(elements) };
    return new Pipeline(this.name, [...this.stages, stageOf(step, true), leave]);
  }

  /** One element a key, in the order in which the keys first came; each holds its values in order. */
  groupBy<Key extends string>(keyOf: (value: Value) => Key): Pipeline<RecordType, Group<RecordType, Key, Value>> {
    const last = this.stages[this.stages.length - 1];
    if (last === undefined) throw new Error('A pipeline has at least its entry.');
    const extended: Stage = {
      ...last,
      run: async (elements, batch) =>
        group((await last.run(elements, batch)) as readonly Element<RecordType, Value>[], keyOf),
    };
    return new Pipeline(this.name, [...this.stages.slice(0, -1), extended]);
  }

  /**
   * Resolves when the last step is done with the batch, or with `abandoned` when a step found that its records are no longer
   * this process's; rejects with what a step threw.
   */
  async run(
    records: readonly RecordType[],
    isCurrent: () => boolean = () => true,
  ): Promise<Batch<RecordType> | 'abandoned'> {
    const batch = new Batch(records, isCurrent);
    const earlier = this.passages;
    const passages = this.stages.map(() => Promise.withResolvers<undefined>());
    this.passages = passages.map(({ promise }) => promise);
    // The rejection reaches the caller by what is thrown here; the next batch sees it where it has to wait for this one.
    for (const passage of this.passages) passage.catch(() => undefined);
    let elements: readonly AnyElement[] = records.map((record) => ({ record, value: record }));
    try {
      for (const [index, stage] of this.stages.entries()) {
        if (!stage.overlapping) await earlier[index];
        elements = await stage.run(elements, batch);
        passages[index]?.resolve(earlier[index]);
      }
      return batch;
    } catch (error) {
      const isAbandoned = error instanceof BatchAbandoned;
      for (const [index, passage] of passages.entries())
        if (isAbandoned) passage.resolve(earlier[index]);
        else passage.reject(error);
      if (isAbandoned) return 'abandoned';
      throw error;
    }
  }
}

/** A function with a name of its own: names are what logs and dead letters say. */
type NamedStep<Fn> = Fn & { readonly name: string };

export interface Group<RecordType, Key extends string, Value> {
  readonly key: Key;
  readonly elements: readonly Element<RecordType, Value>[];
}

const group = <RecordType, Key extends string, Value>(
  elements: readonly Element<RecordType, Value>[],
  keyOf: (value: Value) => Key,
): Element<RecordType, Group<RecordType, Key, Value>>[] => {
  const groups = new Map<Key, Element<RecordType, Value>[]>();
  for (const element of elements) {
    const key = keyOf(element.value);
    const members = groups.get(key);
    if (members === undefined) groups.set(key, [element]);
    else members.push(element);
  }
  return Array.from(groups, ([key, members]) => {
    const newest = members[members.length - 1];
    if (newest === undefined) throw new Error('A group has at least one element.');
    return { record: newest.record, value: { key, elements: members } };
  });
};

const stageOf = <RecordType, In, Out>(
  step: NamedStep<BatchStep<RecordType, In, Out>>,
  overlapping: boolean,
): Stage => ({
  name: step.name,
  overlapping,
  run: async (elements, batch) => {
    const typed = elements as readonly Element<RecordType, In>[];
    return settle(step.name, typed, await step(typed, batch as Batch<RecordType>), batch as Batch<RecordType>);
  },
});

const settle = <RecordType, In, Out>(
  step: string,
  before: readonly Element<RecordType, In>[],
  results: readonly Result<Out>[],
  batch: Batch<RecordType>,
): Element<RecordType, Out>[] => {
  if (results.length !== before.length)
    throw new TypeError(`Step ${step} got ${before.length} elements and gave ${results.length} results.`);
  const after: Element<RecordType, Out>[] = [];
  for (const [index, result] of results.entries()) {
    const element = before[index];
    if (element === undefined) continue;
    switch (result.kind) {
      case 'ok':
        after.push({ record: element.record, value: result.value });
        break;
      case 'drop':
        batch.dropped.push({ record: element.record, reason: result.reason });
        break;
      case 'fail':
        batch.failed.push({ record: element.record, step, reason: result.reason, detail: result.detail });
        break;
    }
  }
  return after;
};
