import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { CatalogItem, ItemId } from '@offerstream/contracts';
import { TOKENIZERS } from '@offerstream/language';
import { catalogLines, readTextFiles } from './read-text.js';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'read-text-'))));
afterEach(() => rm(folder, { recursive: true }));

const file = async (name: string, content: string | Uint8Array): Promise<string> => {
  await writeFile(join(folder, name), content);
  return join(folder, name);
};
const read = (files: readonly string[], signal = new AbortController().signal) =>
  readTextFiles(files, TOKENIZERS['space-lower-case'], signal);

describe('the text of files', () => {
  test('has their lines one after the other, plain or compressed', async () => {
    const files = [await file('a.txt', 'A red hat\n\n'), await file('b.txt.gz', gzipSync('a blue hat'))];
    const { words, tokens, starts } = await read(files);
    expect(words).toEqual(['a', 'red', 'hat', 'blue']);
    expect([...tokens]).toEqual([0, 1, 2, 0, 3, 2]);
    expect([...starts]).toEqual([0, 3, 3, 6]);
  });

  test('that are no text names the file and the line', async () => {
    const files = [await file('a.txt', 'fine'), await file('b.txt', Buffer.from('fine\nnot \xff fine', 'latin1'))];
    await expect(read(files)).rejects.toMatchObject({
      code: 'not-text',
      message: expect.stringContaining('b.txt, line 2: bytes that are not UTF-8') as string,
    });
  });

  test('with a line of too many words names the file and the line, too', async () => {
    const files = [await file('a.txt', 'fine\nfine'), await file('b.txt', `fine\n${'word '.repeat(5_000)}`)];
    await expect(read(files)).rejects.toMatchObject({
      code: 'line-too-long',
      message: expect.stringContaining('b.txt, line 2: 5000 words') as string,
    });
  });

  test('is not read on after Ctrl-C', async () => {
    const interrupted = AbortSignal.abort(new Error('interrupted'));
    await expect(read([await file('a.txt', 'fine')], interrupted)).rejects.toThrow('interrupted');
  });
});

const item = (id: string, over: Readonly<Record<string, unknown>> = {}): CatalogItem => ({
  id: id as ItemId,
  categories: [],
  available: true,
  ...over,
});

describe('the lines of a catalog', () => {
  test('are titles and the sentences of descriptions, in the order of the ids', () => {
    const hat = item('b', { title: 'Red hat', description: 'A hat. It is red!\nFor 1.5 litres of hair.' });
    expect(catalogLines([hat, item('a', { title: ' Blue hat ' })])).toEqual([
      'Blue hat',
      'Red hat',
      'A hat.',
      'It is red!',
      'For 1.5 litres of hair.',
    ]);
  });

  test('have what several items share once, and nothing of items without words', () => {
    const items = [item('a', { title: 'Hat' }), item('b', { title: 'Hat' }), item('c'), item('d', { title: ' ' })];
    expect(catalogLines([...items, item('e', { description: { text: 'no text' } })])).toEqual(['Hat']);
  });
});
