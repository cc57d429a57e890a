declare const brand: unique symbol;

/** A calendar month of UTC as `2026-03`. Sorts by time. */
export type Month = string & { readonly [brand]: 'Month' };

export const MONTH_PATTERN = /^[0-9]{4}-(0[1-9]|1[0-2])$/;

/** @param at milliseconds since 1970 */
export const monthOf = (at: number): Month => new Date(at).toISOString().slice(0, 7) as Month;

/** Its first millisecond, since 1970. */
export const monthStartMs = (month: Month): number => Date.parse(`${month}-01T00:00:00.000Z`);

/** The first millisecond after it, since 1970. */
export const monthEndMs = (month: Month): number => monthStartMs(addMonths(month, 1));

/** @param months may be negative */
export const addMonths = (month: Month, months: number): Month => {
  const start = new Date(monthStartMs(month));
  return monthOf(start.setUTCMonth(start.getUTCMonth() + months));
};
