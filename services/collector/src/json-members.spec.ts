import { elementSpans, memberSpan, membersWithout, skipSpace } from './json-members.js';

const nothing = () => false;

/** Texts whose values hold everything that a scanner can stumble over. */
const OBJECTS = [
  '{}',
  ' {\n}\t',
  '{"a":1}',
  '{"a":"}","b":"{","c":["]","["],"d":"\\"","e":"\\\\","f":"\\\\\\"}"}',
  '{ "a" : [ 1 , { "b" : [ ] } ] , "c" : -1.5e+10 , "d" : null , "e" : true }',
  '{"\\u0061":1,"b\\"":2,"ü":"ü","":3,"__proto__":{"x":1}}',
  `{"deep":${'['.repeat(20_000)}${']'.repeat(20_000)},"after":1}`,
  '{"big":123456789012345678901234567890,"a":1.0}',
];

describe('editing JSON text', () => {
  it.each(OBJECTS)('keeps every member when nothing is cut, text %#', (text) => {
    const kept = `{${membersWithout(text, skipSpace(text, 0), nothing)}}`;
    expect(kept.replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
  });

  it.each(OBJECTS)('cuts any one member, text %#', (text) => {
    const whole = JSON.parse(text) as Record<string, unknown>;
    for (const key of Object.keys(whole)) {
      const kept = JSON.parse(`{${membersWithout(text, skipSpace(text, 0), (name) => name === key)}}`) as object;
      expect(Object.keys(kept)).toEqual(Object.keys(whole).filter((name) => name !== key));
    }
  });

  it('cuts every copy of a doubled key, also one that is written with escapes', () => {
    const text = '{"type":"a","x":1,"\\u0074ype":"b","y":2,"type":"c"}';
    expect(membersWithout(text, 0, (key) => key === 'type')).toBe('"x":1,"y":2');
  });

  it('finds the value of a member, of a doubled key the last', () => {
    const text = '{"a":[1], "b": {"a": 2}, "a" : "last" }';
    const span = memberSpan(text, 0, 'a');
    expect(span && text.slice(span.start, span.end)).toBe('"last"');
    expect(memberSpan(text, 0, 'c')).toBeUndefined();
  });

  it('finds the elements of a list', () => {
    const text = ' [1,"]", {"a":[2,3]} ,[],null , "\\\\" ]';
    expect(elementSpans(text, 1).map(({ start, end }) => text.slice(start, end))).toEqual([
      ...['1', '"]"', '{"a":[2,3]}', '[]', 'null', '"\\\\"'],
    ]);
    expect(elementSpans('[ ]', 0)).toEqual([]);
  });

  it('agrees with JSON.parse on generated texts', () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const characters = ['"', '\\', '{', '}', '[', ']', ',', ':', 'a', ' ', '\n', 'é', '😀'];
    const text = () => Array.from({ length: random(8) }, () => characters[random(characters.length)]).join('');
    const value = (depth: number): unknown => {
      switch (random(depth > 3 ? 4 : 6)) {
        case 0:
          return random(1000) / 7;
        case 1:
          return null;
        case 2:
        case 3:
          return text();
        case 4:
          return Array.from({ length: random(4) }, () => value(depth + 1));
        default:
          return Object.fromEntries(Array.from({ length: random(4) }, () => [text(), value(depth + 1)]));
      }
    };
    for (let round = 0; round < 2000; round++) {
      const list = Array.from({ length: random(4) }, () => value(0));
      const written = JSON.stringify(list, null, random(3));
      expect(
        elementSpans(written, 0).map(({ start, end }) => JSON.parse(written.slice(start, end)) as unknown),
      ).toEqual(list);
    }
  });
});
