const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;
const SPAN = /^(\d{1,6})([smhd])$/;

/** `30s`, `15m`, `24h` or `7d` in seconds; undefined for anything else. */
export const spanSeconds = (text: string): number | undefined => {
  const [, count, unit] = SPAN.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * SECONDS[unit as keyof typeof SECONDS];
};
