import { pause } from '../line/pause.js';

/** How fast events are sent. Without any limit: as fast as the line takes them. */
export interface PaceOptions {
  /** Events a second. */
  readonly rate?: number | undefined;
  /** How much faster than they happened. */
  readonly speed?: number | undefined;
}

/**
 * When each event is due, in ms after the first one.
 *
 * @param number of the event, counted from 0
 * @param elapsedMs between the first event and this one, as they happened
 */
export const dueAfterMs = ({ rate, speed }: PaceOptions, number: number, elapsedMs: number): number =>
  Math.max(rate === undefined ? 0 : (number * 1000) / rate, speed === undefined ? 0 : elapsedMs / speed);

const LONGEST_DELAY_MS = 60_000;

/** Resolves at a moment of `performance.now()`. @throws the signal's reason when it aborts */
export const waitUntilMoment = async (momentMs: number, signal: AbortSignal): Promise<void> => {
  for (;;) {
    const ms = momentMs - performance.now();
    if (ms <= 0) return;
    await pause(Math.min(ms, LONGEST_DELAY_MS), signal);
  }
};
