import { parseTime } from '@offerstream/contracts';

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SPAN = /^([1-9][0-9]{0,4})([mhd])$/;

/** The moment that a person names: a span before now, as `30m`, `24h` or `7d`, or an RFC 3339 time; undefined for neither. */
export const since = (text: string, nowMs: number): Date | undefined => {
  const [, count, unit] = SPAN.exec(text) ?? [];
  const ms = unit === undefined ? parseTime(text) : nowMs - Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  return ms === undefined ? undefined : new Date(ms);
};
