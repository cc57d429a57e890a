import {
  ACTION,
  itemHash,
  RETRIEVAL_INPUTS,
  type ActionName,
  type ItemId,
  type TenantId,
} from '@offerstream/contracts';
import type { Tensor, Tensors } from '@offerstream/onnx-runtime';

export const TENANT = 'demo' as TenantId;

export interface Touch {
  /** '' is padding. */
  readonly item: string;
  readonly action?: ActionName;
  readonly ageSeconds?: number;
}

/** What a retrieval model is asked: one row a history, newest last. */
export interface Question {
  readonly histories: readonly (readonly Touch[])[];
  /** Default: that of the longest history. */
  readonly length?: number;
  readonly context?: readonly (readonly string[])[];
  readonly exclude?: readonly (readonly string[])[];
  readonly blocked?: readonly string[];
}

export const hashOf = (item: string): bigint => (item === '' ? 0n : itemHash(TENANT, item as ItemId));

/** [rows, items of a row] */
export const itemRows = (rows: readonly (readonly string[])[]): Tensor =>
  int64([rows.length, rows[0]?.length ?? 0], rows.flat().map(hashOf));

/** The question as a graph's inputs, histories padded on the left. */
export const feedsFor = ({ histories, context, exclude, blocked, ...question }: Question): Tensors => {
  const length = question.length ?? Math.max(1, ...histories.map((history) => history.length));
  const touches = histories.flatMap((history) => [
    ...Array.from({ length: length - history.length }, (): Touch => ({ item: '' })),
    ...history,
  ]);
  const dims = [histories.length, length];
  return {
    [RETRIEVAL_INPUTS.historyItems]: int64(
      dims,
      touches.map(({ item }) => hashOf(item)),
    ),
    [RETRIEVAL_INPUTS.historyActions]: int64(
      dims,
      touches.map(({ item, action }) => (item === '' ? 0n : BigInt(ACTION[action ?? 'view']))),
    ),
    [RETRIEVAL_INPUTS.historyAges]: {
      dtype: 'float32',
      dims,
      data: Float32Array.from(touches, ({ ageSeconds }) => ageSeconds ?? 0),
    },
    ...(context === undefined ? {} : { [RETRIEVAL_INPUTS.contextItems]: itemRows(context) }),
    ...(exclude === undefined ? {} : { [RETRIEVAL_INPUTS.excludeItems]: itemRows(exclude) }),
    ...(blocked === undefined ? {} : { [RETRIEVAL_INPUTS.blockedItems]: int64([blocked.length], blocked.map(hashOf)) }),
  };
};

const int64 = (dims: number[], values: readonly bigint[]): Tensor => ({
  dtype: 'int64',
  dims,
  data: BigInt64Array.from(values),
});
