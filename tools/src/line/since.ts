import { parseTime } from '@offerstream/contracts';
import { InvalidArgumentError } from 'commander';

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SPAN = /^([1-9][0-9]{0,4})([mhd])$/;

/** The moment that a person names: a span before now, as `30m`, `24h` or `7d`, or an RFC 3339 time; undefined for neither. */
export const since = (text: string, nowMs: number): Date | undefined => {
  const [, count, unit] = SPAN.exec(text) ?? [];
  const ms = unit === undefined ? parseTime(text) : nowMs - Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  return ms === undefined ? undefined : new Date(ms);
};

/** Reads an option that names a moment. */
export const momentFrom = (text: string): Date => {
  const moment = since(text, Date.now());
  if (moment !== undefined) return moment;
  throw new InvalidArgumentError('Give a span, as 30m, 24h or 7d, or a time, as 2026-03-01T00:00:00Z.');
};
