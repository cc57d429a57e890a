import { nextWordModelOf, titleTokenizer, UNKNOWN, UNKNOWN_WORD, type NextWordModel } from '@offerstream/language';
import { completeTexts } from './complete-texts.js';
import type { CompletionPart, CompletionTask } from './language-tasks.js';
import { trigrams, vocabulary } from './trained-language.fixture.js';

const loaded = { vocabulary, tokenize: titleTokenizer, model: nextWordModelOf(trigrams) };
const task: CompletionTask = {
  kind: 'complete',
  model: { name: 'demo.language', version: '1', folder: '', createdMs: 0 },
  prompts: ['set of', ''],
  n: 2,
  maxTokens: 12,
  temperature: 2,
  topP: 1,
  seed: 3,
  stop: [],
  logprobs: undefined,
  echo: false,
};
const run = async (over: Partial<CompletionTask> = {}, signal = new AbortController().signal) => {
  const parts: CompletionPart[] = [];
  const work = { signal, pause: () => Promise.resolve(), onPart: (part: CompletionPart) => parts.push(part) };
  const usage = await completeTexts(loaded, { ...task, ...over }, work);
  return { parts, usage };
};

it('tells with each part what was used so far, and the reason with the last of each text', async () => {
  const { parts, usage } = await run();
  expect(parts.at(-1)?.usage).toEqual(usage);
  expect(usage.promptTokens).toBe(2);
  const words = parts.flatMap(({ text }) => titleTokenizer(text));
  expect(usage.completionTokens).toBe(words.length);
  for (let choice = 0; choice < 4; choice++) {
    const reasons = parts.filter((part) => part.choice === choice).map(({ finishReason }) => finishReason);
    expect(reasons.findIndex((reason) => reason !== undefined)).toBe(reasons.length - 1);
  }
});

it('draws the texts of one prompt and of seeds side by side apart from each other', async () => {
  const textsOf = ({ parts }: Awaited<ReturnType<typeof run>>) =>
    Array.from({ length: 16 }, (_, index) =>
      parts
        .filter(({ choice }) => choice === index)
        .map(({ text }) => text)
        .join(''),
    );
  const one = textsOf(await run({ prompts: [''], n: 16, seed: 1 }));
  const other = textsOf(await run({ prompts: [''], n: 16, seed: 2 }));
  expect(new Set(one).size).toBeGreaterThan(10);
  expect(one.filter((text, index) => text === other[index]).length).toBeLessThan(6);
});

it('never makes the unknown word, however likely it is', async () => {
  const rows = (out: Float32Array): Promise<void> => {
    out.fill(Math.log(0.01 / vocabulary.size));
    for (let at = UNKNOWN; at < out.length; at += vocabulary.size) out[at] = Math.log(0.99);
    return Promise.resolve();
  };
  const model: NextWordModel = {
    name: 'unknowing',
    vocabularySize: vocabulary.size,
    afterHistories: (_, out) => rows(out),
    alongSentences: (_, out) => rows(out),
  };
  for (const temperature of [0, 1]) {
    const texts: string[] = [];
    const onPart = ({ text }: CompletionPart) => texts.push(text);
    const work = { signal: new AbortController().signal, pause: () => Promise.resolve(), onPart };
    await completeTexts({ ...loaded, model }, { ...task, temperature, maxTokens: 50 }, work);
    expect(texts.join('')).not.toContain(UNKNOWN_WORD);
    expect(texts.length).toBeGreaterThan(3);
  }
});

it('ends when nobody waits any more', async () => {
  const leaving = new AbortController();
  let words = 0;
  const work = completeTexts(
    loaded,
    { ...task, maxTokens: 1_000 },
    {
      signal: leaving.signal,
      pause: () => Promise.resolve(),
      onPart: () => {
        words += 1;
        leaving.abort(new Error('gone'));
      },
    },
  );
  await expect(work).rejects.toThrow('gone');
  expect(words).toBeLessThanOrEqual(4);
});

it('refuses prompts of too many words', async () => {
  await expect(run({ prompts: ['mug '.repeat(257)] })).rejects.toMatchObject({
    problem: { status: 400, code: 'too-many-tokens', fields: [{ field: 'prompt' }] },
  });
});
