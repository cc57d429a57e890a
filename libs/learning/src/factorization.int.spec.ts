import { Graph, op, tensor } from '@offerstream/onnx';
import { dataOf, openSession, type Tensors } from '@offerstream/onnx-runtime';
import { factorize } from './factorization.js';
import { foldIn } from './fold-in.js';
import { implicitLoss, whitened, type SparseRows } from './implicit-least-squares.js';
import { randomNumbers } from './random.js';

const USERS = 300;
const ITEMS = 120;
const OPTIONS = { dimensions: 8, regularization: 0.5, iterations: 12, seed: 4 } as const;

const matrix = (): SparseRows => {
  const random = randomNumbers(1);
  const starts = [0];
  const columns: number[] = [];
  for (let user = 0; user < USERS; user++) {
    const taste = user % 4;
    const row = new Set(Array.from({ length: 6 }, () => taste * 30 + Math.floor(random() * 30)));
    columns.push(...row);
    starts.push(columns.length);
  }
  return {
    starts: Int32Array.from(starts),
    columns: Int32Array.from(columns),
    weights: Float32Array.from(columns, () => 1 + 4 * random()),
  };
};

/** (Yᵀ Y + λ I + Σ w y yᵀ) x = b by Gaussian elimination in float64; by default b = Σ w y. */
const solveDense = (
  y: Float32Array,
  d: number,
  lambda: number,
  weights: ReadonlyMap<number, number>,
  b?: readonly number[],
): number[] => {
  const system = Array.from({ length: d }, (_, i) => Array.from({ length: d + 1 }, (_, j) => (i === j ? lambda : 0)));
  const cell = (i: number, j: number): number => system[i]?.[j] as number;
  const set = (i: number, j: number, value: number): void => {
    (system[i] as number[])[j] = value;
  };
  for (let row = 0; row * d < y.length; row++) {
    const weight = weights.get(row);
    for (let i = 0; i < d; i++) {
      const yi = y[row * d + i] as number;
      for (let j = 0; j < d; j++) set(i, j, cell(i, j) + (1 + (weight ?? 0)) * yi * (y[row * d + j] as number));
      if (weight !== undefined) set(i, d, cell(i, d) + weight * yi);
    }
  }
  b?.forEach((value, i) => {
    set(i, d, value);
  });
  for (let pivot = 0; pivot < d; pivot++) {
    for (let i = 0; i < d; i++) {
      if (i === pivot) continue;
      const factor = cell(i, pivot) / cell(pivot, pivot);
      for (let j = pivot; j <= d; j++) set(i, j, cell(i, j) - factor * cell(pivot, j));
    }
  }
  return system.map((_, i) => cell(i, d) / cell(i, i));
};

test('the loss falls with every iteration, and is that of all cells counted one by one', async () => {
  const losses: number[] = [];
  const rows = matrix();
  const factors = await factorize(rows, ITEMS, { ...OPTIONS, onIteration: (_, loss) => losses.push(loss) });
  expect(losses).toHaveLength(OPTIONS.iterations);
  losses.slice(1).forEach((loss, i) => expect(loss).toBeLessThan(losses[i] as number));

  const d = OPTIONS.dimensions;
  let loss = 0;
  for (let user = 0; user < USERS; user++) {
    for (let item = 0; item < ITEMS; item++) {
      let score = 0;
      for (let i = 0; i < d; i++)
        score += (factors.users[user * d + i] as number) * (factors.items[item * d + i] as number);
      const from = rows.starts[user] as number;
      const k = rows.columns.subarray(from, rows.starts[user + 1]).indexOf(item);
      loss += score ** 2;
      if (k >= 0) loss += (rows.weights[from + k] as number) * (1 - score) ** 2;
    }
  }
  for (const factor of [...factors.users, ...factors.items]) loss += OPTIONS.regularization * factor ** 2;
  expect(losses.at(-1)).toBeCloseTo(loss, 1);
  expect(implicitLoss(rows, factors.users, factors.items, d, OPTIONS.regularization)).toBeCloseTo(loss, 1);
});

test('item factors are the dense solution for the user factors', async () => {
  const rows = matrix();
  const { users, items } = await factorize(rows, ITEMS, { ...OPTIONS, iterations: 40 });
  const d = OPTIONS.dimensions;
  for (const item of [0, 40, 119]) {
    const weights = new Map<number, number>();
    for (let user = 0; user < USERS; user++) {
      for (let k = rows.starts[user] as number; k < (rows.starts[user + 1] as number); k++) {
        if (rows.columns[k] === item) weights.set(user, rows.weights[k] as number);
      }
    }
    const exact = solveDense(users, d, OPTIONS.regularization, weights);
    exact.forEach((value, i) => expect(items[item * d + i]).toBeCloseTo(value, 3));
  }
});

test('equal seeds give equal factors, other seeds others', async () => {
  const first = await factorize(matrix(), ITEMS, OPTIONS);
  expect((await factorize(matrix(), ITEMS, OPTIONS)).items).toEqual(first.items);
  expect((await factorize(matrix(), ITEMS, { ...OPTIONS, seed: 5 })).items).not.toEqual(first.items);
});

test('an aborted factorisation stops with the reason', async () => {
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(factorize(matrix(), ITEMS, { ...OPTIONS, signal })).rejects.toThrow('enough');
});

describe('the fold-in inside a graph', () => {
  const d = OPTIONS.dimensions;
  const histories = [
    [3, 4, 4, 9],
    [33, 70, 71, 5],
    [-1, -1, -1, 8],
    [-1, -1, -1, -1],
  ];
  const confidences = [1, 2, 0.5, 3];
  const asked = [4, 40, 119];
  let y: Float32Array;
  let folded: Tensors;

  beforeAll(async () => {
    y = (await factorize(matrix(), ITEMS, OPTIONS)).items;
    const factors = whitened(y, d, OPTIONS.regularization, ITEMS + 1);
    const graph = new Graph('fold-in');
    const all = graph.initializer('all', tensor('float32', [ITEMS + 1, d], factors));
    const seen = op.gather(all, graph.input('seen', 'int64', ['B', 'L']));
    const { userVector, parts } = foldIn(seen, graph.input('confidence', 'float32', ['B', 'L']));
    graph.output('scores', op.rowProducts(userVector, all));
    graph.output('parts', parts(op.gather(all, graph.input('asked', 'int64', ['B', 'K']))));
    const session = await openSession(graph.model().toBuffer());
    const rows = (items: readonly number[]): BigInt64Array =>
      BigInt64Array.from(items, (item) => BigInt(item < 0 ? ITEMS : item));
    folded = await session.run({
      seen: { dtype: 'int64', dims: [4, 4], data: rows(histories.flat()) },
      confidence: { dtype: 'float32', dims: [4, 4], data: Float32Array.from(histories.flatMap(() => confidences)) },
      asked: { dtype: 'int64', dims: [4, 3], data: rows(histories.flatMap(() => asked)) },
    });
    await session.close();
  });

  /** An item that stands twice in a history counts as one with the sum of both. */
  const weightsOf = (history: readonly number[]): ReadonlyMap<number, number> => {
    const weights = new Map<number, number>();
    history.forEach((item, i) => item >= 0 && weights.set(item, (weights.get(item) ?? 0) + (confidences[i] as number)));
    return weights;
  };
  const product = (item: number, x: readonly number[]): number =>
    x.reduce((sum, value, i) => sum + value * (y[item * d + i] as number), 0);

  test('scores every item as the dense solution does, for each shopper of a batch', () => {
    const scores = dataOf(folded, 'scores', 'float32');
    histories.forEach((history, b) => {
      const exact = solveDense(y, d, OPTIONS.regularization, weightsOf(history));
      for (let item = 0; item < ITEMS; item++) {
        expect(scores[b * (ITEMS + 1) + item]).toBeCloseTo(product(item, exact), 4);
      }
    });
  });

  test('gives each interaction its part of the dense solution’s score', () => {
    const parts = dataOf(folded, 'parts', 'float32');
    histories.forEach((history, b) => {
      asked.forEach((item, k) => {
        const own = [...y.subarray(item * d, (item + 1) * d)];
        const solved = solveDense(y, d, OPTIONS.regularization, weightsOf(history), own);
        history.forEach((touched, i) => {
          const part = touched < 0 ? 0 : (confidences[i] as number) * product(touched, solved);
          expect(parts[(b * asked.length + k) * history.length + i]).toBeCloseTo(part, 5);
        });
      });
    });
  });
});
