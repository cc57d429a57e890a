import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trainSentenceEncoder, type TrainedSentenceEncoder } from '@offerstream/language';
import { measureEncoders } from './measure-encoders.js';

let folder: string;
let trained: TrainedSentenceEncoder;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'measure-'));
  const colours = ['crimson', 'turquoise', 'golden', 'ivory', 'charcoal', 'lavender'];
  const things = ['teapot', 'saucer', 'lampshade', 'lantern', 'notebook', 'pencil'];
  trained = await trainSentenceEncoder({
    titles: colours.flatMap((colour) => things.map((thing) => `${colour} vintage ${thing}`)),
    sessions: [],
    seed: 1,
    dimensions: 16,
    epochs: 1,
    checkpoints: join(folder, 'checkpoints'),
    now: () => 0,
  });
});
afterAll(() => rm(folder, { recursive: true }));

const measure = (repository: string, signal = new AbortController().signal, onNext?: (name: string) => void) =>
  measureEncoders(trained, { repository, signal, onNext: onNext ?? (() => undefined) });

test('an encoder stands beside words, itself untrained, and the pretrained encoders that are there', async () => {
  const repository = join(folder, 'models');
  const version = join(repository, 'pretrained', '1');
  await mkdir(version, { recursive: true });
  await trained.model.writeTo(join(version, 'model.onnx'));
  // Every word is one that it does not know.
  const vocab = { '[UNK]': 0, a: 1 };
  const tokenizer = { version: '1.0', added_tokens: [], normalizer: null, pre_tokenizer: { type: 'Whitespace' } };
  const file = {
    ...tokenizer,
    post_processor: null,
    decoder: null,
    model: { type: 'WordPiece', unk_token: '[UNK]', vocab },
  };
  await writeFile(join(version, 'tokenizer.json'), JSON.stringify(file));

  const found = await measure(repository);
  expect(found.map(({ name }) => name)).toEqual([
    'words in common',
    'the same, untrained',
    'pretrained',
    'this encoder',
  ]);
  const [words, , pretrained, own] = found.map(({ quality }) => quality.part?.meanReciprocalRank ?? 0);
  expect(words).toBeGreaterThan(0.2);
  expect(own).toBeGreaterThan(0.2);
  expect(pretrained).toBeLessThan(0.1);
});

test.each(['words in common', 'the same, untrained', 'this encoder'])('Ctrl-C during %p ends it', async (during) => {
  const interrupted = new AbortController();
  const asked: string[] = [];
  const measuring = measure(join(folder, 'no-models'), interrupted.signal, (name) => {
    asked.push(name);
    // As a signal comes: only where the process listens.
    if (name === during) setImmediate(() => interrupted.abort(new Error('interrupted')));
  });
  await expect(measuring).rejects.toThrow('interrupted');
  expect(asked.at(-1)).toBe(during);
});
