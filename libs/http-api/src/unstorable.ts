const MAX_DEPTH = 32;

/**
 * Why a JSON value can't be kept: Postgres takes no NUL and no half of a surrogate pair in text and no nesting without end, and the
 * keys `__proto__` and `constructor.prototype` are an attack. Undefined when it can.
 */
export const unstorable = (value: unknown, depth = 0): string | undefined => {
  if (typeof value === 'string') return unstorableText(value);
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth === MAX_DEPTH) return `is nested deeper than ${MAX_DEPTH} levels`;
  if (Array.isArray(value)) {
    for (const element of value) {
      const reason = unstorable(element, depth + 1);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }
  for (const [key, field] of Object.entries(value)) {
    const reason = attack(key, field) ?? unstorableText(key) ?? unstorable(field, depth + 1);
    if (reason !== undefined) return reason;
  }
  return undefined;
};

const attack = (key: string, field: unknown): string | undefined => {
  if (key === '__proto__') return 'has a key __proto__';
  const hasPrototype = typeof field === 'object' && field !== null && Object.hasOwn(field, 'prototype');
  return key === 'constructor' && hasPrototype ? 'has a key constructor.prototype' : undefined;
};

const unstorableText = (text: string): string | undefined => {
  if (text.includes('\0')) return 'has text with a NUL character';
  return text.isWellFormed() ? undefined : 'has text with half of a surrogate pair';
};
