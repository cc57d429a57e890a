import { z } from 'zod';

const RFC_3339 = z.regexes.datetime({ offset: true });

/** Milliseconds since 1970 of an RFC 3339 time with its offset; undefined when it is not one. */
export const parseTime = (text: string): number | undefined => {
  if (!RFC_3339.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
};

/**
 * When an event happened, for everything that reckons with it: between 1970 and its receipt. A time after the receipt, one
 * that is missing and one that is no number become the receipt; a time before 1970 becomes 1970.
 *
 * @param timestampMs what the event says, in ms since 1970
 * @param receivedMs when the collector or the broker took it, in ms since 1970
 */
export const eventTime = (timestampMs: number | undefined, receivedMs: number): number =>
  timestampMs === undefined || !(timestampMs < receivedMs) ? receivedMs : Math.max(timestampMs, 0);
