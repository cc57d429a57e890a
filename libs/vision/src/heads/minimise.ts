/** A function's value and gradient at a point. */
export interface Slope {
  readonly value: number;
  readonly gradient: Float64Array;
}

export interface MinimiseOptions {
  readonly start: Float64Array;
  readonly slopeAt: (point: Float64Array) => Promise<Slope>;
  readonly maxSteps: number;
  /** Ends where a step lowers the value by less than this share of it. */
  readonly tolerance: number;
}

const MEMORY = 10;
/** Armijo's condition (Nocedal and Wright, "Numerical Optimization", 2006, (3.4)). */
const SUFFICIENT = 1e-4;
const MAX_HALVINGS = 20;

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly curvature: number;
}

/**
 * The lowest point of a smooth convex function, by L-BFGS (Nocedal and Wright, "Numerical Optimization", 2006, algorithms 7.4 and 7.5), with
 * steps that are halved until they lead down.
 */
export const minimise = async ({ start, slopeAt, maxSteps, tolerance }: MinimiseOptions): Promise<Float64Array> => {
  let point = start;
  let slope = await slopeAt(point);
  let pairs: readonly Pair[] = [];
  for (let step = 0; step < maxSteps; step++) {
    const direction = descent(slope.gradient, pairs);
    const next = await stepAlong(point, slope, direction, pairs.length === 0, slopeAt);
    if (next === undefined) break;
    const moved = next.point.map((value, i) => value - (point[i] as number));
    const change = next.slope.gradient.map((value, i) => value - (slope.gradient[i] as number));
    const curvature = dot(moved, change);
    const gain = slope.value - next.slope.value;
    if (curvature > 0) pairs = [...pairs, { step: moved, change, curvature }].slice(-MEMORY);
    ({ point, slope } = next);
    if (gain <= tolerance * Math.abs(slope.value)) break;
  }
  return point;
};

const stepAlong = async (
  from: Float64Array,
  slope: Slope,
  direction: Float64Array,
  isFirst: boolean,
  slopeAt: MinimiseOptions['slopeAt'],
): Promise<{ readonly point: Float64Array; readonly slope: Slope } | undefined> => {
  const downhill = dot(slope.gradient, direction);
  // Without any memory the direction's length says nothing.
  let length = isFirst ? 1 / Math.max(1e-12, Math.sqrt(dot(direction, direction))) : 1;
  for (let halving = 0; halving < MAX_HALVINGS; halving++, length /= 2) {
    const point = from.map((value, i) => value + length * (direction[i] as number));
    const there = await slopeAt(point);
    if (there.value <= slope.value + SUFFICIENT * length * downhill) return { point, slope: there };
  }
  return undefined;
};

/** −H · gradient, H the inverse of the curvature that the last steps met. */
const descent = (gradient: Float64Array, pairs: readonly Pair[]): Float64Array => {
  const direction = gradient.map((value) => -value);
  const shares = new Map<Pair, number>();
  for (const pair of pairs.toReversed()) {
    const share = dot(pair.step, direction) / pair.curvature;
    shares.set(pair, share);
    addTo(direction, -share, pair.change);
  }
  const last = pairs.at(-1);
  if (last !== undefined) {
    const scale = last.curvature / dot(last.change, last.change);
    direction.forEach((value, i) => (direction[i] = value * scale));
  }
  for (const pair of pairs) {
    addTo(direction, (shares.get(pair) ?? 0) - dot(pair.change, direction) / pair.curvature, pair.step);
  }
  return direction;
};

const addTo = (target: Float64Array, factor: number, added: Float64Array): void => {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] as number) + factor * (added[i] as number);
};

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
};
