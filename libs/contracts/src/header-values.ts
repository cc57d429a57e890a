/** A record's headers as a client reads them. */
export type ReadHeaders = Readonly<Record<string, { toString(): string } | null | undefined>>;

/** A number that is written in decimal digits; undefined for anything else. */
export const wholeNumber = (header: ReadHeaders[string]): number | undefined => {
  const text = header?.toString();
  if (text === undefined || !/^[0-9]{1,16}$/.test(text)) return undefined;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : undefined;
};

/** Tells how to leave headers of these names out. */
export const leavingOut = (names: Iterable<string>) => {
  const left: ReadonlySet<string> = new Set(names);
  return <Value>(headers: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => !left.has(name)));
};
