/** A message in protobuf's text format: the values of each field, in their order. */
export type TextMessage = ReadonlyMap<string, readonly TextValue[]>;
export type TextValue = string | TextMessage;

export class TextProtoError extends Error {}

/**
 * Reads protobuf's text format without a schema (protobuf.dev, "Text Format Language Specification"): nested messages in braces or
 * angle brackets, lists in square brackets, comments after `#`. Numbers, names and strings all come as text.
 *
 * @throws TextProtoError that names the place.
 */
export const parseTextProto = (text: string): TextMessage => {
  const tokens = [...text.matchAll(TOKEN)].filter(([token]) => !/^(?:\s|#)/.test(token));
  let next = 0;
  const peek = (): string | undefined => tokens[next]?.[0];
  const fail = (expected: string): never => {
    const at = tokens[next]?.index ?? text.length;
    const line = text.slice(0, at).split('\n').length;
    throw new TextProtoError(`line ${line}: expected ${expected}, found ${peek() ?? 'the end of the file'}`);
  };
  const take = (expected: RegExp, what: string): string => {
    const token = peek();
    if (token === undefined || !expected.test(token)) return fail(what);
    next++;
    return token;
  };
  const skip = (token: string): boolean => peek() === token && next++ >= 0;

  const readMessage = (end: string | undefined): TextMessage => {
    const fields = new Map<string, TextValue[]>();
    while (peek() !== end) {
      const name = take(/^[A-Za-z_]/, 'the name of a field');
      const hasColon = skip(':');
      const values = fields.get(name) ?? [];
      fields.set(name, values);
      values.push(...readValues(hasColon));
      if (!skip(',')) skip(';');
    }
    if (end !== undefined) next++;
    return fields;
  };
  const readValues = (scalarAllowed: boolean): TextValue[] => {
    if (!skip('[')) return [readValue(scalarAllowed)];
    const values: TextValue[] = [];
    while (!skip(']')) {
      values.push(readValue(true));
      if (peek() !== ']' && !skip(',')) fail('"," or "]"');
    }
    return values;
  };
  const readValue = (scalarAllowed: boolean): TextValue => {
    if (skip('{')) return readMessage('}');
    if (skip('<')) return readMessage('>');
    if (!scalarAllowed) return fail('":" or "{"');
    const token = take(/^["'\w.+-]/, 'a value');
    if (!/^["']/.test(token)) return token;
    const parts = [unquote(token)];
    while (/^["']/.test(peek() ?? '')) parts.push(unquote(take(/^["']/, 'a string')));
    return parts.join('');
  };
  return readMessage(undefined);
};

const TOKEN = /\s+|#[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|[\w.+-]+|[\s\S]/g;

const unquote = (token: string): string => token.slice(1, -1).replace(/\\(.)/g, '$1');
