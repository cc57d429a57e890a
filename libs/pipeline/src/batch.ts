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

  /**
   * @param isCurrent whether these records are still this process's to take; asked before anything is done that others see
   */
  constructor(
    readonly records: readonly RecordType[],
    readonly isCurrent: () => boolean,
  ) {}

  /** @throws BatchAbandoned when the records have become another process's. */
  ensureCurrent(): void {
    if (!this.isCurrent()) throw new BatchAbandoned();
  }
}

/** The records of a batch have become another process's, which gets them again: nothing more is done about them here. */
export class BatchAbandoned extends Error {
  readonly code = 'batch-abandoned';
  readonly canRetry = true;

  constructor() {
    super('The partitions of this batch were given to another member of the group, which takes its records again.');
    this.name = 'BatchAbandoned';
  }
}
