import { Readable } from 'node:stream';
import type { CatalogItem } from '@offerstream/contracts';
import { MAX_ITEM_BYTES } from './catalog-item.js';
import { importItems, MAX_REPORTED_ERRORS } from './item-import.js';

const run = async (...chunks: readonly (string | Buffer)[]) => {
  const batches: (readonly CatalogItem[])[] = [];
  const result = await importItems(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), (items) => {
    batches.push(items);
    return Promise.resolve();
  });
  return { result, batches, ids: batches.flat().map(({ id }) => id as string) };
};

it('takes the good lines and names the bad ones by line', async () => {
  const { result, ids } = await run(
    '\uFEFF{"id":"a"}\n',
    'nope\n',
    '\n',
    '{"id":"b","price":-1}\n',
    '{"id":"c","__proto__":{"x":1}}\n',
    `{"id":"d","title":"${'x'.repeat(MAX_ITEM_BYTES)}"}\n`,
    Buffer.from([0x7b, 0xff, 0x7d, 0x0a]),
    '[1]\n',
    '{"id":"f","constructor":{"prototype":{"x":1}}}\n',
    '{"id":"e"}',
  );
  expect(ids).toEqual(['a', 'e']);
  expect(result).toMatchObject({ accepted: 2, failed: 7 });
  expect(result.errors.map(({ line, code }) => [line, code])).toEqual([
    [2, 'not-json'],
    [4, 'invalid'],
    [5, 'unstorable'],
    [6, 'too-large'],
    [7, 'not-utf8'],
    [8, 'invalid'],
    [9, 'unstorable'],
  ]);
  expect(result.errors[1]?.reason).toContain('price');
});

it('stores in batches of a thousand, by size too', async () => {
  const small = await run(Array.from({ length: 2_500 }, (_, id) => `{"id":"i${id}"}`).join('\n'));
  expect(small.batches.map(({ length }) => length)).toEqual([1_000, 1_000, 500]);
  const filler = 'x'.repeat(30_000);
  const large = await run(Array.from({ length: 300 }, (_, id) => `{"id":"i${id}","text":"${filler}"}`).join('\n'));
  expect(large.batches).toHaveLength(3);
  expect(large.result.accepted).toBe(300);
});

it('a body of nothing but mistakes is counted, and reported up to a limit', async () => {
  const { result, batches } = await run('x\n'.repeat(MAX_REPORTED_ERRORS + 5));
  expect(result).toMatchObject({ accepted: 0, failed: MAX_REPORTED_ERRORS + 5 });
  expect(result.errors).toHaveLength(MAX_REPORTED_ERRORS);
  expect(batches).toEqual([]);
});

it('ends with the error of the store, and asks for no more', async () => {
  const store = () => Promise.reject(new Error('away'));
  await expect(importItems(Readable.from([Buffer.from('{"id":"a"}')]), store)).rejects.toThrow('away');
});
