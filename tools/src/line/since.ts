import { parseTime } from '@offerstream/contracts';
import { InvalidArgumentError } from 'commander';
import { spanSeconds } from './span.js';

/** The moment that a person names: a span before now, as `30s`, `24h` or `7d`, or an RFC 3339 time; undefined for neither. */
export const since = (text: string, nowMs: number): Date | undefined => {
  const seconds = spanSeconds(text);
  const ms = seconds === undefined ? parseTime(text) : nowMs - seconds * 1_000;
  return ms === undefined ? undefined : new Date(ms);
};

/** Reads an option that names a moment. */
export const momentFrom = (text: string): Date => {
  const moment = since(text, Date.now());
  if (moment !== undefined) return moment;
  throw new InvalidArgumentError('Give a span, as 30s, 15m, 24h or 7d, or a time, as 2026-03-01T00:00:00Z.');
};
