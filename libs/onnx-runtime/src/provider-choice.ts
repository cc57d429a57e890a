import { OnnxRuntimeError } from './errors.js';
import { openSession, type Provider, type Session } from './session.js';
import type { Tensors } from './tensor.js';
import { tinyGraph } from './tiny-graph.js';
import { warmUpFeeds } from './warm-up.js';

export interface ProviderAttempt {
  readonly provider: Provider;
  readonly outcome: 'chosen' | 'slower' | 'different answers' | 'unavailable';
  /** Median time of a warm-up run; absent where it could not run. */
  readonly milliseconds?: number;
  readonly detail?: string;
}

export interface ProviderReport {
  readonly provider: Provider;
  /** What was tried; empty where there was no choice. */
  readonly attempts: readonly ProviderAttempt[];
}

export type OpenSession = typeof openSession;

/**
 * Opens a model with the execution provider that answers as `cpu` does and takes the shortest time. A provider that is missing on
 * this machine is reported and costs one attempt, not one a model.
 */
export class ProviderChoice {
  private readonly missing = new Map<Provider, string>();

  constructor(
    private readonly open: OpenSession,
    private readonly now: () => number,
  ) {}

  /** @throws OnnxRuntimeError `model-unusable`; `provider-unavailable` where a single provider was asked for. */
  async load(
    path: string,
    providers: readonly Provider[],
  ): Promise<{ readonly session: Session; readonly report: ProviderReport }> {
    const [only] = providers;
    if (only !== undefined && providers.length === 1)
      return { session: await this.open(path, { provider: only }), report: { provider: only, attempts: [] } };

    const reference = await this.open(path, { provider: 'cpu' });
    const feeds = await warmUpFeeds(reference);
    const expected = await reference.run(feeds);
    const candidates = [{ session: reference, milliseconds: await this.time(reference, feeds) }];
    const attempts: ProviderAttempt[] = [];
    for (const provider of providers) {
      if (provider === 'cpu') continue;
      const session = await this.tryOpening(path, provider);
      if (typeof session === 'string') {
        attempts.push({ provider, outcome: 'unavailable', detail: session });
        continue;
      }
      const difference = await differenceOf(session, feeds, expected);
      if (difference === undefined) {
        candidates.push({ session, milliseconds: await this.time(session, feeds) });
      } else {
        attempts.push({ provider, outcome: 'different answers', detail: difference });
        await session.close();
      }
    }

    const fastest = candidates.reduce((best, each) => (each.milliseconds < best.milliseconds ? each : best));
    for (const { session, milliseconds } of candidates) {
      attempts.push({
        provider: session.provider,
        outcome: session === fastest.session ? 'chosen' : 'slower',
        milliseconds,
      });
      if (session !== fastest.session) await session.close();
    }
    return { session: fastest.session, report: { provider: fastest.session.provider, attempts } };
  }

  /** The session, or why there is none. */
  private async tryOpening(path: string, provider: Provider): Promise<Session | string> {
    const known = this.missing.get(provider);
    if (known !== undefined) return known;
    try {
      const probe = await this.open(PROBE, { provider });
      await probe.close();
    } catch (error) {
      const reason = reasonOf(error);
      this.missing.set(provider, reason);
      return reason;
    }
    try {
      return await this.open(path, { provider });
    } catch (error) {
      return reasonOf(error);
    }
  }

  private async time(session: Session, feeds: Tensors): Promise<number> {
    const times: number[] = [];
    for (let run = 0; run < TIMED_RUNS; run++) {
      const start = this.now();
      await session.run(feeds);
      times.push(this.now() - start);
    }
    return times.sort((one, other) => one - other)[TIMED_RUNS >> 1] ?? Infinity;
  }
}

const TIMED_RUNS = 5;

/** Runs wherever the provider itself is there, so that a failure is not the model's. */
const PROBE = tinyGraph({
  inputs: { x: [1] },
  outputs: { y: [1] },
  nodes: [{ operator: 'Add', inputs: ['x', 'x'], output: 'y' }],
});

const reasonOf = (error: unknown): string => {
  if (!(error instanceof OnnxRuntimeError)) throw error;
  return error.message;
};

const differenceOf = async (session: Session, feeds: Tensors, expected: Tensors): Promise<string | undefined> => {
  let answer: Tensors;
  try {
    answer = await session.run(feeds);
  } catch (error) {
    return reasonOf(error);
  }
  return Object.keys(expected)
    .map((name) => differenceOfTensor(name, answer[name], expected[name]))
    .find((difference) => difference !== undefined);
};

/** Rounding may swap neighbours in a ranking, so a few whole numbers may differ. */
const LEAST_EQUAL_SHARE = 0.99;
const ABSOLUTE_TOLERANCE = 1e-4;
const RELATIVE_TOLERANCE = 1e-3;

const differenceOfTensor = (
  name: string,
  answer: Tensors[string] | undefined,
  expected: Tensors[string] | undefined,
): string | undefined => {
  if (answer === undefined || expected === undefined || answer.dtype !== expected.dtype) return `"${name}" is missing`;
  if (answer.dims.join() !== expected.dims.join())
    return `"${name}" is [${answer.dims.join(', ')}] instead of [${expected.dims.join(', ')}]`;
  const isFloat = expected.dtype === 'float32' || expected.dtype === 'float64';
  let equal = 0;
  for (const [index, value] of expected.data.entries()) {
    const seen = answer.data[index];
    if (isFloat ? isClose(Number(seen), Number(value)) : seen === value) equal++;
  }
  const share = expected.data.length === 0 ? 1 : equal / expected.data.length;
  if (share >= (isFloat ? 1 : LEAST_EQUAL_SHARE)) return undefined;
  return `${((1 - share) * 100).toFixed(1)} % of "${name}" differ from cpu's`;
};

const isClose = (seen: number, expected: number): boolean =>
  Object.is(seen, expected) ||
  Math.abs(seen - expected) <= ABSOLUTE_TOLERANCE + RELATIVE_TOLERANCE * Math.abs(expected);
