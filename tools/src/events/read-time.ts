export type TimeFormat = 'unix' | 'iso' | 'month-first';

/** Larger numbers are milliseconds: as seconds they would be after the year 5000. */
const LARGEST_SECONDS = 1e11;
const ISO = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?$/;
const MONTH_FIRST = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d{2})(?::(\d{2}))?$/;

/**
 * Milliseconds since 1970; undefined when the text has none of the formats.
 *
 * - `unix`: seconds (with decimals) or milliseconds since 1970
 * - `iso`: `2010-12-01 08:26:00` or `2010-12-01T08:26:00Z`; without an offset it is UTC
 * - `month-first`: `12/1/2010 8:26`, UTC
 */
export const readTime = (text: string, formats: readonly TimeFormat[]): number | undefined => {
  for (const format of formats) {
    const ms = READERS[format](text);
    if (ms !== undefined && Number.isFinite(ms)) return Math.round(ms);
  }
  return undefined;
};

const READERS: Readonly<Record<TimeFormat, (text: string) => number | undefined>> = {
  unix: (text) => {
    const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
    return number > LARGEST_SECONDS ? number : number * 1000;
  },
  iso: (text) => {
    const [, date, time, offset] = ISO.exec(text) ?? [];
    return date === undefined ? undefined : Date.parse(`${date}T${time ?? ''}${offset ?? 'Z'}`);
  },
  'month-first': (text) => {
    const parts = MONTH_FIRST.exec(text);
    if (parts === null) return undefined;
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0] = parts.slice(1, 6).map(Number);
    const second = Number(parts[6] ?? 0);
    const ms = Date.UTC(year, month - 1, day, hour, minute, second);
    return month <= 12 && new Date(ms).getUTCDate() === day && hour < 24 && minute < 60 && second < 60 ? ms : undefined;
  },
};
