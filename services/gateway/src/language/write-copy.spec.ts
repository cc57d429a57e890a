import { parseCopyTemplate } from '@offerstream/contracts';
import { nextWordModelOf, titleTokenizer, type NextWordModel } from '@offerstream/language';
import { templatesOf } from './copy-material.js';
import type { CopyTask } from './language-tasks.js';
import { trigrams, vocabulary } from './trained-language.fixture.js';
import { writeCopy } from './write-copy.js';

const setUp = () => {
  const trained = nextWordModelOf(trigrams);
  const lengths: number[] = [];
  const model: NextWordModel = {
    ...trained,
    vocabularySize: trained.vocabularySize,
    afterHistories: (histories, out) => {
      lengths.push(...histories.map(({ length }) => length));
      return trained.afterHistories(histories, out);
    },
    alongSentences: (sentences, out) => {
      lengths.push(...sentences.map(({ length }) => length));
      return trained.alongSentences(sentences, out);
    },
  };
  const leaving = new AbortController();
  let pauses = 0;
  const write = (over: Partial<CopyTask> & { readonly title?: string; readonly leavesAt?: number } = {}) => {
    const { title = 'Red Mug', leavesAt, ...asked } = over;
    const task: CopyTask = {
      kind: 'copy',
      model: { name: 'demo.language', version: '1', folder: '', createdMs: 0 },
      templates: ['{new|red|blue}: {title}, {words:2}'],
      item: { title, categories: [], price: undefined },
      maxWords: 9,
      seed: 1,
      ...asked,
    };
    const pause = (): Promise<void> => {
      if (++pauses === leavesAt) leaving.abort(new Error('gone'));
      return Promise.resolve();
    };
    return writeCopy({ vocabulary, tokenize: titleTokenizer, model }, task, { signal: leaving.signal, pause });
  };
  return { write, lengths, pauses: () => pauses };
};

it('lets others have a turn whenever the model is asked, and ends when nobody waits any more', async () => {
  const { write, lengths, pauses } = setUp();
  await write();
  expect(lengths.length).toBeGreaterThan(4);
  expect(pauses()).toBe(lengths.length);
  const left = setUp();
  await expect(left.write({ leavesAt: 2 })).rejects.toThrow('gone');
  expect(left.lengths).toHaveLength(1);
});

it.each([
  ['as many words as are asked for', '{title}, '.repeat(30), 'red mug '.repeat(60)],
  ['as many as a model reads together', '{title}'.repeat(40), 'red/mug/'.repeat(62)],
])('asks the model nothing about a text with more than %s', async (_, slots, title) => {
  const { write, lengths } = setUp();
  const templates = [`${slots}{red|blue}`, 'Only {red|blue}'];
  expect(await write({ templates, title })).toMatchObject({ template: 'Only {red|blue}' });
  expect(Math.max(...lengths)).toBe(2);
});

it('counts words, not the spaces between them', async () => {
  const { text } = await setUp().write({ templates: ['Only   the    {title}'], maxWords: 4 });
  expect(text).toBe('Only the Red Mug');
});

it('the templates that are built in can be filled', () => {
  for (const template of templatesOf(undefined)) expect(Array.isArray(parseCopyTemplate(template))).toBe(true);
});
