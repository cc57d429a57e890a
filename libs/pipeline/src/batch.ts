/** One record's way through a pipeline: where it stands now, and what became of it when it left early. */
export interface Element<RecordType, Value> {
  /** The record that it came from; of a group, the newest. */
  readonly record: RecordType;
  readonly value: Value;
}

export interface Dropped<RecordType> {
  readonly record: RecordType;
  readonly reason: string;
}

export interface Failed<RecordType> extends Dropped<RecordType> {
  /** The step that refused it. */
  readonly step: string;
  readonly detail: string;
}

/** The records that are processed together, and what has become of those that left early. */
export class Batch<RecordType> {
  readonly dropped: Dropped<RecordType>[] = [];
  readonly failed: Failed<RecordType>[] = [];

  constructor(readonly records: readonly RecordType[]) {}
}
