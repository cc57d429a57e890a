/** So many parts of models at once: what belongs to another tenant is read again in a fraction of a second. */
const MOST = 8;

/** What there is under a key, made where it is missing; the one that was asked for longest ago makes room. */
export const kept = <Value>(
  values: Map<string, Promise<Value>>,
  key: string,
  make: () => Promise<Value>,
): Promise<Value> => {
  const value = values.get(key) ?? make();
  values.delete(key);
  values.set(key, value);
  // What could not be read may be there the next time.
  value.catch(() => values.get(key) === value && values.delete(key));
  for (const oldest of values.keys()) {
    if (values.size <= MOST) break;
    values.delete(oldest);
  }
  return value;
};
