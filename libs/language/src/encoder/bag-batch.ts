import type { Random } from '@offerstream/autodiff';
import type { Tensors } from '@offerstream/onnx-runtime';
import { BAG_TRAINING, type View } from './embedding-bag.js';
import type { TitlePair, TitlePairs } from './title-pairs.js';

/** Below any score, so that what is no wrong answer does not count as one. */
const EXCLUDED = -1e9;

/**
 * The feeds of `bagLoss` for pairs.
 *
 * @param idsOf the ids of a title, or of a part of one
 * @param shareOf how likely a title is the positive of a pair: a frequent one is as often a negative, which is taken off its
 * score (Yi et al., "Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations", RecSys 2019, equation 3)
 */
export const bagBatch = (
  pairs: readonly TitlePair[],
  idsOf: (title: number, part?: readonly string[]) => readonly number[],
  shareOf: (title: number) => number,
  views: readonly View[],
): Tensors => {
  const columns = new Map<number, number>();
  const columnsOf = (ids: readonly number[]): readonly number[] =>
    ids.map((id) => {
      const column = columns.get(id) ?? columns.size;
      columns.set(id, column);
      return column;
    });
  const anchorColumns = pairs.map(({ anchor, part }) => columnsOf(idsOf(anchor, part)));
  const positiveColumns = pairs.map(({ positive }) => columnsOf(idsOf(positive)));
  const counts = (texts: readonly (readonly number[])[]) => {
    const data = new Float32Array(pairs.length * columns.size);
    texts.forEach((text, row) => {
      for (const column of text) {
        const at = row * columns.size + column;
        data[at] = (data[at] as number) + 1;
      }
    });
    return { dtype: 'float32' as const, dims: [pairs.length, columns.size], data };
  };
  const rates = pairs.map(({ positive }) => -Math.log(shareOf(positive)));
  const corrections = new Float32Array(pairs.length ** 2);
  pairs.forEach(({ anchor, positive }, row) => {
    corrections.set(rates, row * pairs.length);
    pairs.forEach((other, column) => {
      const isNegative = other.positive !== positive && other.positive !== anchor;
      if (!isNegative && column !== row) corrections[row * pairs.length + column] = EXCLUDED;
    });
  });
  return {
    [BAG_TRAINING.ids]: { dtype: 'int64', dims: [columns.size], data: BigInt64Array.from(columns.keys(), BigInt) },
    [BAG_TRAINING.anchors]: counts(anchorColumns),
    [BAG_TRAINING.positives]: counts(positiveColumns),
    ...Object.fromEntries(
      views.map((view) => [
        BAG_TRAINING.teaches(view),
        {
          dtype: 'float32',
          dims: [pairs.length, 1],
          data: Float32Array.from(pairs, ({ part }) => ((part === undefined) === (view === 'sessions') ? 1 : 0)),
        },
      ]),
    ),
    [BAG_TRAINING.corrections]: { dtype: 'float32', dims: [pairs.length, pairs.length], data: corrections },
  };
};

/** So many pairs, drawn one after the other. */
export const drawPairs = (pairs: TitlePairs, count: number, random: Random): readonly TitlePair[] =>
  Array.from({ length: count }, () => pairs.draw(random));
