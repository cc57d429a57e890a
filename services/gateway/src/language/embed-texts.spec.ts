import { setImmediate } from 'node:timers/promises';
import type { EncoderTokenizer } from '@offerstream/language';
import { embedTexts } from './embed-texts.js';
import type { EmbedTask } from './language-tasks.js';

const TOKENIZER: EncoderTokenizer = {
  encode: (text) => ({ ids: [text.length], tokens: 1 }),
  batch: (encoded) => ({
    ids: {
      dtype: 'int64',
      dims: [encoded.length, 1],
      data: BigInt64Array.from(encoded, ({ ids }) => BigInt(ids[0] ?? 0)),
    },
  }),
};
const task: EmbedTask = {
  kind: 'embed',
  encoder: { name: 'demo.encoder', version: '1', folder: '', createdMs: 0, dimensions: 2 },
  texts: ['a', 'bb'],
};
const embed = (values: readonly number[], dimensions = 2) =>
  embedTexts(TOKENIZER, task, {
    signal: new AbortController().signal,
    pause: () => setImmediate(),
    run: () => Promise.resolve({ datatype: 'FP32', shape: [2, dimensions], data: Float32Array.from(values) }),
  });

it('embeddings are those of the encoder', async () => {
  expect(await embed([1, 0, 0, 1])).toEqual({ vectors: Float32Array.of(1, 0, 0, 1), tokens: 2 });
});

it.each([
  ['numbers', [1, 0, NaN, 1], 2],
  ['numbers', [1, 0, Infinity, 1], 2],
  ['of its dimensions', [1, 0, 0, 1, 1, 1], 3],
])('an encoder that gives no vectors %s is told so', async (_, values, dimensions) => {
  await expect(embed(values, dimensions)).rejects.toMatchObject({ code: 'failed' });
});
