const units = new Intl.NumberFormat('en-US');
const money = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 6 });

/** A count for people, for example `12,345`. */
export const unitsText = (count: number): string => units.format(count);

/** Millionths of a currency for people, for example `1.50` or `0.000003`. */
export const moneyText = (micros: number): string => money.format(micros / 1_000_000);
