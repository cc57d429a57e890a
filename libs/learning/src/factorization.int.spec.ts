import { openSession } from '@offerstream/onnx-runtime';
import { Graph } from '@offerstream/onnx';
import { factorize } from './factorization.js';
import { foldIn } from './fold-in.js';
import { gramMatrix, implicitLoss, type SparseRows } from './implicit-least-squares.js';
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

/** (Yᵀ Y + λ I + Σ w y yᵀ) x = Σ w y by Gaussian elimination in float64. */
const solveDense = (y: Float32Array, d: number, lambda: number, weights: ReadonlyMap<number, number>): number[] => {
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

test('the fold-in inside a graph is the dense solution, for each shopper of a batch', async () => {
  const { items } = await factorize(matrix(), ITEMS, OPTIONS);
  const d = OPTIONS.dimensions;
  const histories = [
    [3, 4, 4, 9],
    [33, 70, 71, 5],
    [-1, -1, -1, 8],
    [-1, -1, -1, -1],
  ];
  const confidences = [1, 2, 0.5, 3];
  const graph = new Graph('fold-in');
  const factors = graph.input('factors', 'float32', ['B', 'L', d]);
  const confidence = graph.input('confidence', 'float32', ['B', 'L']);
  graph.output('x', foldIn(gramMatrix(items, d, OPTIONS.regularization), d, factors, confidence));
  const session = await openSession(graph.model().toBuffer());
  const gathered = histories.flatMap((row) =>
    row.flatMap((item) => (item < 0 ? Array<number>(d).fill(0) : [...items.subarray(item * d, (item + 1) * d)])),
  );
  const { x } = await session.run({
    factors: { dtype: 'float32', dims: [4, 4, d], data: Float32Array.from(gathered) },
    confidence: { dtype: 'float32', dims: [4, 4], data: Float32Array.from([0, 0, 0, 0].flatMap(() => confidences)) },
  });
  await session.close();
  histories.forEach((row, b) => {
    const expected = Array<number>(d).fill(0);
    const weights = new Map<number, number>();
    // An item that stands twice in a history counts as one with the sum of both.
    row.forEach((item, i) => item >= 0 && weights.set(item, (weights.get(item) ?? 0) + (confidences[i] as number)));
    const exact = weights.size === 0 ? expected : solveDense(items, d, OPTIONS.regularization, weights);
    const got = Array.from((x?.data as Float32Array).subarray(b * d, (b + 1) * d));
    exact.forEach((value, i) => expect(got[i]).toBeCloseTo(value, 4));
  });
});
