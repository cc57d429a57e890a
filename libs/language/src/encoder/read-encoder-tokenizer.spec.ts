import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Vocabulary } from '../text/vocabulary.js';
import { PretrainedTokenizer } from './pretrained-tokenizer.js';
import { readEncoderTokenizer } from './read-encoder-tokenizer.js';
import { TrainedTokenizer } from './trained-tokenizer.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'encoder-'));
});
afterEach(() => rm(folder, { recursive: true }));

const trained = new TrainedTokenizer(new Vocabulary(['<unk>', '</s>', 'red']), 50);
const pretrained = {
  version: '1.0',
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: null,
  decoder: null,
  model: { type: 'WordPiece', unk_token: '[UNK]', vocab: { '[UNK]': 0, a: 1, red: 2 } },
};

test('the file beside a model says how its texts are read', async () => {
  await writeFile(join(folder, 'encoder.json'), trained.toJson());
  const ours = await readEncoderTokenizer(folder);
  expect(ours).toBeInstanceOf(TrainedTokenizer);
  expect(ours.encode('red lamp')).toEqual(trained.encode('red lamp'));

  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(pretrained));
  const theirs = await readEncoderTokenizer(folder);
  expect(theirs).toBeInstanceOf(PretrainedTokenizer);
  expect(theirs.encode('red lamp')).toEqual({ ids: [2, 0], tokens: 2 });
});

test('a folder without such a file is named, and so is a file that is none', async () => {
  await expect(readEncoderTokenizer(folder)).rejects.toMatchObject({
    code: 'model-unusable',
    message: expect.stringContaining(folder) as string,
  });
  await writeFile(join(folder, 'encoder.json'), '{}');
  await expect(readEncoderTokenizer(folder)).rejects.toMatchObject({
    code: 'model-unusable',
    message: expect.stringContaining(join(folder, 'encoder.json')) as string,
  });
  await mkdir(join(folder, 'tokenizer.json'));
  await expect(readEncoderTokenizer(folder)).rejects.toMatchObject({
    code: 'file-unreadable',
    message: expect.stringContaining(join(folder, 'tokenizer.json')) as string,
  });
});
