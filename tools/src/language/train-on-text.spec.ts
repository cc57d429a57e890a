import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readWords, splitText, TOKENIZERS, type LanguageSettings } from '@offerstream/language';
import { lineFolders } from '../line/line-folders.js';
import { trainOnText } from './train-on-text.js';

let data: string;
beforeEach(async () => (data = await mkdtemp(join(tmpdir(), 'train-on-text-'))));
afterEach(() => rm(data, { recursive: true }));

const SETTINGS: LanguageSettings = { kind: 'fused', tokenizer: 'title', vocabulary: 100, order: 2 };
const read = (word: string) =>
  readWords(
    Array.from({ length: 20 }, (_, index) => `red ${word} ${index % 3}`),
    TOKENIZERS.title,
  );

/** Trains until what is to be made of the model fails, so that the folder stays. */
const trainInVain = async (catalog: string): Promise<void> => {
  const [text, shop] = [await read('hat'), await read(catalog)];
  const training = trainOnText(
    {
      data,
      name: 'shop',
      texts: [text, shop],
      split: splitText(text, { vocabularySize: 100, shop }),
      settings: SETTINGS,
      threads: 1,
      bar: { update: () => undefined, tell: () => undefined, stop: () => undefined },
      signal: new AbortController().signal,
    },
    () => Promise.reject(new Error('a full disk')),
  );
  await expect(training).rejects.toThrow('a full disk');
};

test('the same text with another catalog is another training', async () => {
  const trainings = () => readdir(lineFolders(data).training);
  await trainInVain('mug');
  await trainInVain('mug');
  expect(await trainings()).toHaveLength(1);
  await trainInVain('cup');
  expect(await trainings()).toHaveLength(2);
});
