import { ACTION } from '@offerstream/contracts';
import { positionsBySubject, type InteractionLog } from './interaction-log.js';

const ACTIONS = Math.max(...Object.values(ACTION)) + 1;
/** Touches of an item in a history are counted up to this. */
export const MOST_TOUCHES = 3;

/** Size of {@link RepeatAffinity.chances}. */
export const REPEAT_CASES = ACTIONS * ACTIONS * 2 * MOST_TOUCHES;

/** What the chance of an item of the history to be touched again depends on, each x its stride in the index of its case. */
export const REPEAT_STRIDES = {
  /** What the shopper did last of all: after a purchase, what else lies in the cart is likely next. */
  newestAction: ACTIONS * 2 * MOST_TOUCHES,
  /** What the shopper did last with the item: what was just bought is not likely. */
  itemAction: 2 * MOST_TOUCHES,
  /** 1 for the newest item, else 0. */
  isNewest: MOST_TOUCHES,
  /** Touches of the item in the history, at most {@link MOST_TOUCHES}, less one. */
  furtherTouches: 1,
} as const;

export const repeatCase = (state: Readonly<Record<keyof typeof REPEAT_STRIDES, number>>): number =>
  state.newestAction * REPEAT_STRIDES.newestAction +
  state.itemAction * REPEAT_STRIDES.itemAction +
  state.isNewest * REPEAT_STRIDES.isNewest +
  state.furtherTouches * REPEAT_STRIDES.furtherTouches;

export interface RepeatDecay {
  /** An older item counts x rank^-this; rank = number of newer items. */
  readonly rankExponent: number;
  readonly halfLifeMs: number;
}

/** How likely an item of the history is touched again by the next interaction. */
export interface RepeatAffinity extends RepeatDecay {
  /** [{@link REPEAT_CASES}] chance of each case, before the decay by rank and age. */
  readonly chances: Float64Array;
}

/**
 * Counts, over the last `length` interactions before each interaction of a log, how often an item of each case came next.
 * Cases that were hardly seen are drawn towards a small chance.
 */
export const repeatAffinity = (log: InteractionLog, length: number, decay: RepeatDecay): RepeatAffinity => {
  const exposure = new Float64Array(REPEAT_CASES);
  const repeats = new Float64Array(REPEAT_CASES);
  for (const positions of positionsBySubject(log)) {
    for (let next = 1; next < positions.length; next++) {
      const item = log.items[positions[next] as number] as number;
      const newest = positions[next - 1] as number;
      const now = log.times[newest] as number;
      const touches = new Map<number, number>();
      for (let at = Math.max(0, next - length); at < next; at++) {
        const touched = log.items[positions[at] as number] as number;
        touches.set(touched, (touches.get(touched) ?? 0) + 1);
      }
      const seen = new Set<number>();
      for (let at = next - 1; at >= Math.max(0, next - length); at--) {
        const position = positions[at] as number;
        const candidate = log.items[position] as number;
        if (seen.has(candidate)) continue;
        const rank = seen.size;
        seen.add(candidate);
        const kind = repeatCase({
          newestAction: log.actions[newest] as number,
          itemAction: log.actions[position] as number,
          isNewest: rank === 0 ? 1 : 0,
          furtherTouches: Math.min(touches.get(candidate) ?? 1, MOST_TOUCHES) - 1,
        });
        const age = now - (log.times[position] as number);
        const weight = Math.max(rank, 1) ** -decay.rankExponent * 2 ** (-age / decay.halfLifeMs);
        exposure[kind] = (exposure[kind] as number) + weight;
        if (candidate === item) repeats[kind] = (repeats[kind] as number) + 1;
      }
    }
  }
  return {
    ...decay,
    chances: exposure.map((weight, kind) => ((repeats[kind] as number) + PRIOR.repeats) / (weight + PRIOR.exposure)),
  };
};

const PRIOR = { repeats: 0.02, exposure: 1 } as const;
