import { RETRIEVAL_INPUTS } from '@offerstream/contracts';
import type { Tensors } from '@offerstream/onnx-runtime';
import type { InteractionLog } from './interaction-log.js';

/** Interactions of a shopper that a model is asked with. */
export const HISTORY_LENGTH = 50;

/** The last interactions of each subject of a log, as they stand between two interactions of it. */
export class HistoryWindow {
  readonly #positions: Int32Array;
  readonly #counts: Int32Array;

  /** @param length interactions that are kept of a subject */
  constructor(
    readonly log: InteractionLog,
    readonly length: number,
  ) {
    this.#positions = new Int32Array(log.subjectCount * length);
    this.#counts = new Int32Array(log.subjectCount);
  }

  /** Takes the interaction at a position of the log. */
  add(position: number): void {
    const subject = this.log.subjects[position] as number;
    const count = this.#counts[subject] as number;
    this.#positions[subject * this.length + (count % this.length)] = position;
    this.#counts[subject] = count + 1;
  }

  has(subject: number): boolean {
    return (this.#counts[subject] as number) > 0;
  }

  /** Positions in the log, oldest first. */
  of(subject: number): readonly number[] {
    const count = this.#counts[subject] as number;
    const kept = Math.min(count, this.length);
    return Array.from(
      { length: kept },
      (_, i) => this.#positions[subject * this.length + ((count - kept + i) % this.length)] as number,
    );
  }
}

/** The history inputs of a retrieval model; `histories` are positions in the log, oldest first. */
export const historyInputs = (
  log: InteractionLog,
  hashes: BigInt64Array,
  histories: readonly (readonly number[])[],
  length: number,
): Tensors => {
  const dims = [histories.length, length];
  const items = new BigInt64Array(histories.length * length);
  const actions = new BigInt64Array(histories.length * length);
  const ages = new Float32Array(histories.length * length);
  histories.forEach((positions, row) => {
    const now = log.times[positions.at(-1) ?? 0] as number;
    const start = (row + 1) * length - positions.length;
    positions.forEach((position, i) => {
      items[start + i] = hashes[log.items[position] as number] as bigint;
      actions[start + i] = BigInt(log.actions[position] as number);
      ages[start + i] = (now - (log.times[position] as number)) / 1000;
    });
  });
  return {
    [RETRIEVAL_INPUTS.historyItems]: { dtype: 'int64', dims, data: items },
    [RETRIEVAL_INPUTS.historyActions]: { dtype: 'int64', dims, data: actions },
    [RETRIEVAL_INPUTS.historyAges]: { dtype: 'float32', dims, data: ages },
  };
};
