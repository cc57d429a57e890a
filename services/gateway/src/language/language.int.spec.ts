import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlacementId, TenantId } from '@offerstream/contracts';
import { nextWordModelOf, perplexity, Corpus, spaceTokenizer } from '@offerstream/language';
import { removeVersion } from '@offerstream/learning';
import { kafkaBrokers, tempFolder } from '@offerstream/testing';
import { newKey, startGateway, until, type Answer, type RunningGateway } from '../running-gateway.fixture.js';
import { DEMO, HOME } from '../shop.fixture.js';
import { startInference } from '../trained-shop.fixture.js';
import {
  DIMENSIONS,
  SENTENCES,
  storeEncoder,
  storeFusion,
  storeTrigrams,
  trigrams,
  vocabulary,
} from './trained-language.fixture.js';

const key = newKey();
const OTHER = 'other' as TenantId;
const stranger = newKey();
const MODEL = 'demo.language';
const ENCODER = 'demo.encoder';

let repository: string;
let inference: Awaited<ReturnType<typeof startInference>>;
let gateway: RunningGateway;

const post = (path: string, body: object, headers = {}, by = key): Promise<Answer> =>
  gateway.call('POST', path, { key: by, body, headers });
const complete = (body: object, headers = {}) => post('/v1/completions', { model: MODEL, ...body }, headers);
const models = async (by = key) => {
  const { data } = (await gateway.call('GET', '/v1/models', { key: by })).body as {
    data: readonly { readonly id: string; readonly version: string }[] | undefined;
  };
  return (data ?? []).map(({ id, version }) => `${id} ${version}`);
};
const charged = async (): Promise<number> => (await gateway.charged(DEMO, key))['tokens'] ?? 0;

interface Choice {
  readonly text: string;
  readonly index: number;
  readonly finish_reason: string | null;
  readonly logprobs: {
    readonly tokens: readonly string[];
    readonly token_logprobs: readonly number[];
    readonly top_logprobs: readonly Readonly<Record<string, number>>[];
    readonly text_offset: readonly number[];
  } | null;
}
interface Completion {
  readonly choices: readonly Choice[];
  readonly usage?: {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly total_tokens: number;
  } | null;
}
const completionOf = (answer: Answer): Completion => answer.body as unknown as Completion;
const textsOf = (answer: Answer): readonly string[] => completionOf(answer).choices.map(({ text }) => text);

beforeAll(async () => {
  repository = await tempFolder();
  await storeTrigrams(repository, MODEL);
  await storeEncoder(repository, ENCODER);
  await storeTrigrams(repository, 'other.language');
  inference = await startInference(repository);
  gateway = await startGateway(await kafkaBrokers(), {
    INFERENCE_ADDRESS: inference.address,
    MODELS_DIR: repository,
  });
  await gateway.setTenant(DEMO, [key]);
  await gateway.setTenant(OTHER, [stranger]);
  await gateway.putItem(DEMO, 'mug', { title: 'Red Retrospot Mug', categories: ['Kitchen', 'Mugs'], price: 2.5 });
  await until(async () => (await models()).length === 2 && (await models(stranger)).length === 1);
});
afterAll(async () => {
  await gateway.stop();
  await inference.stop();
});

describe('models', () => {
  it('are the tenant’s own and everybody’s, and nobody is told of another’s', async () => {
    expect(await models()).toEqual([`${ENCODER} 1`, `${MODEL} 1`]);
    expect(await models(stranger)).toEqual(['other.language 1']);
    const one = await gateway.call('GET', `/v1/models/${MODEL}`, { key });
    expect(one.body).toMatchObject({ id: MODEL, object: 'model', owned_by: 'demo', version: '1' });
    const hidden = await gateway.call('GET', `/v1/models/${MODEL}`, { key: stranger });
    const missing = await gateway.call('GET', '/v1/models/demo.nothing', { key: stranger });
    expect([hidden.status, hidden.body['code']]).toEqual([404, 'model-unknown']);
    expect(hidden.body['fix']).toBe(missing.body['fix']);
  });

  it('are for keys with the scope', async () => {
    const without = newKey({ scopes: ['offers:read'] });
    await gateway.setTenant(DEMO, [key, without]);
    await until(async () => (await gateway.call('GET', '/v1/models', { key: without })).status === 403);
    expect((await post('/v1/completions', { model: MODEL, prompt: 'a' }, {}, without)).body).toMatchObject({
      code: 'scope-missing',
      error: { type: 'permission_error' },
    });
  });

  it('serve in their newest version that inference has, and in the one before when that is removed', async () => {
    await storeEncoder(repository, 'shared');
    const fused = await storeFusion(repository, 'demo.fused');
    await storeFusion(repository, 'demo.fused');
    await until(async () => (await models()).includes('demo.fused 2'));
    expect(await models(stranger)).toContain('shared 1');
    const before = await complete({ model: 'demo.fused', prompt: 'set of', max_tokens: 1, temperature: 0 });
    expect(before.body).toMatchObject({ system_fingerprint: 'demo.fused:2' });
    await removeVersion(repository, 'demo.fused', '2');
    await until(async () => (await models()).includes(`demo.fused ${fused.version}`));
    const after = await complete({ model: 'demo.fused', prompt: 'set of', max_tokens: 1, temperature: 0 });
    expect(after.body).toMatchObject({ system_fingerprint: 'demo.fused:1', choices: [{ text: ' three' }] });
    await removeVersion(repository, 'shared', '1');
  });
});

describe('completions', () => {
  it('continue a text with the likeliest words at temperature 0, to the end of the sentence', async () => {
    const answer = await complete({ prompt: 'Blue polka', temperature: 0 });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      object: 'text_completion',
      model: MODEL,
      choices: [{ text: ' dot mug', index: 0, logprobs: null, finish_reason: 'stop' }],
      usage: { prompt_tokens: 2, completion_tokens: 2, total_tokens: 4 },
    });
    expect(textsOf(await complete({ prompt: 'blue polka ', temperature: 0, max_tokens: 1 }))).toEqual(['dot']);
    expect(completionOf(await complete({ prompt: 'set', temperature: 0, max_tokens: 2 })).choices[0]).toMatchObject({
      text: ' of three',
      finish_reason: 'length',
    });
  });

  it('are the same for the same seed, others for another, and never the unknown word', async () => {
    const drawn = async (seed: number) =>
      textsOf(await complete({ prompt: ['', 'no such words'], n: 8, seed, max_tokens: 20, temperature: 2 }));
    const texts = await drawn(7);
    expect(texts).toHaveLength(16);
    expect(new Set(texts).size).toBeGreaterThan(8);
    expect(await drawn(7)).toEqual(texts);
    expect(await drawn(8)).not.toEqual(texts);
    const words = texts.flatMap((text) => spaceTokenizer({ lowerCase: false })(text));
    expect(words.length).toBeGreaterThan(50);
    for (const word of words) expect(vocabulary.words.slice(2)).toContain(word);
  });

  it('end before a stop text, also one of several words', async () => {
    const stopped = async (stop: unknown) =>
      completionOf(await complete({ prompt: 'blue polka', temperature: 0, stop, logprobs: 0 })).choices[0];
    expect(await stopped('mug')).toMatchObject({ text: ' dot ', finish_reason: 'stop' });
    expect(await stopped(['nowhere', 'ot mu'])).toMatchObject({ text: ' d', logprobs: { tokens: [' dot'] } });
    expect(await stopped('dot mugs')).toMatchObject({ text: ' dot mug', logprobs: { tokens: [' dot', ' mug'] } });
  });

  it('tell log-probabilities and where each token begins, of the prompt too where it is echoed', async () => {
    const { choices } = completionOf(
      await complete({ prompt: 'Blue UNHEARD polka', temperature: 0, echo: true, logprobs: 2, max_tokens: 2 }),
    );
    const [choice] = choices;
    expect(choice?.text).toBe('blue unheard polka dot mug');
    const { tokens, token_logprobs: scores, top_logprobs: top, text_offset: offsets } = choice?.logprobs ?? {};
    expect(tokens).toEqual(['blue', ' unheard', ' polka', ' dot', ' mug']);
    expect(
      offsets?.map((offset, index) => choice?.text.slice(offset, offset + (tokens?.[index]?.length ?? 0))),
    ).toEqual(tokens);
    const ids = vocabulary.encode(['blue', 'unheard', 'polka', 'dot', 'mug']);
    const expected = [...ids].map((id, at) => trigrams.nGrams.logProbability(ids.subarray(0, at), id));
    expect(scores).toHaveLength(5);
    for (const [at, score] of expected.entries()) expect(scores?.[at]).toBeCloseTo(score, 4);
    expect(Object.keys(top?.[3] ?? {})).toHaveLength(2);
    expect(top?.[3]).toHaveProperty([tokens?.[3] ?? ''], scores?.[3]);
    const only = await complete({ prompt: 'blue polka', echo: true, logprobs: 0, max_tokens: 0 });
    expect(completionOf(only).choices[0]).toMatchObject({ text: 'blue polka', finish_reason: 'length' });
  });

  it.each([
    ['without a model', { model: undefined }, 'invalid', 'model'],
    ['with a suffix', { suffix: 'end' }, 'invalid', 'suffix'],
    ['with best_of', { best_of: 3 }, 'invalid', 'best_of'],
    ['with a bias', { logit_bias: { 7: 1 } }, 'invalid', 'logit_bias'],
    ['with lists of tokens', { prompt: [1, 2] }, 'invalid', 'prompt'],
    ['with too many words', { prompt: 'mug '.repeat(257) }, 'too-many-tokens', 'prompt'],
    ['with too many characters', { prompt: ' '.repeat(9_000) }, 'invalid', 'prompt'],
    ['with too many texts', { prompt: ['a', 'b', 'c'], n: 6 }, 'invalid', 'n'],
    ['with a NUL', { prompt: 'a\0b' }, 'unstorable', null],
    ['with half a character', { prompt: 'a\ud800' }, 'unstorable', null],
    ['too hot', { temperature: 3 }, 'invalid', 'temperature'],
    ['with a field that nobody knows', { prompts: 'a' }, 'invalid', 'prompts'],
  ])('%s are refused with 400', async (_, body, code, param) => {
    const answer = await complete({ prompt: 'a', ...body });
    expect([answer.status, answer.body['code']]).toEqual([400, code]);
    expect(answer.body['error']).toMatchObject({ type: 'invalid_request_error', code, param });
  });

  it('take what changes nothing of what is not supported', async () => {
    const asked = { prompt: 'set', seed: 5 };
    const neutral = { best_of: 1, frequency_penalty: 0, presence_penalty: 0, logit_bias: null };
    expect(textsOf(await complete({ ...asked, ...neutral }))).toEqual(textsOf(await complete(asked)));
    expect((await complete({ ...asked, presence_penalty: 0.5 })).body['code']).toBe('invalid');
  });

  it.each([
    ['nothing', ''],
    ['white space', ' \t\n'.repeat(1_000)],
    ['control characters', '\u0001\u0007\u001b'],
    ['what is no word', '*** !!! ???'],
  ])('of %s are those of the start of a sentence', async (_, prompt) => {
    const answer = await complete({ prompt, temperature: 0, max_tokens: 3 });
    expect(completionOf(answer).usage?.prompt_tokens).toBe(0);
    expect(textsOf(answer)).toEqual(textsOf(await complete({ prompt: null, temperature: 0, max_tokens: 3 })));
    expect(textsOf(answer)[0]?.split(' ')).toHaveLength(3);
  });

  it('of a million spaces are too large', async () => {
    expect((await complete({ prompt: ' '.repeat(1_000_000) })).status).toBe(413);
  });
});

describe('streams', () => {
  const streamed = async (body: object, headers = {}) => {
    const { text, headers: answered } = await complete({ stream: true, ...body }, headers);
    const events = text.trimEnd().split('\n\n');
    expect(answered.get('content-type')).toContain('text/event-stream');
    expect(events.pop()).toBe('data: [DONE]');
    return events.map((event) => JSON.parse(event.replace('data: ', '')) as Completion);
  };

  it('have word by word what the answer at once has', async () => {
    const asked = { prompt: ['set', ''], n: 2, seed: 3, max_tokens: 6, logprobs: 1, stop: 'dot', echo: true };
    const whole = completionOf(await complete(asked)).choices;
    const events = await streamed(asked);
    expect(events.length).toBeGreaterThan(whole.length);
    for (const { index, text, finish_reason: reason, logprobs } of whole) {
      const parts = events.flatMap(({ choices }) => choices).filter((choice) => choice.index === index);
      expect(parts.map((part) => part.text).join('')).toBe(text);
      expect(parts.map((part) => part.finish_reason)).toEqual([...Array<null>(parts.length - 1).fill(null), reason]);
      expect(parts.flatMap((part) => part.logprobs?.token_logprobs ?? [])).toEqual(logprobs?.token_logprobs);
    }
    expect(events.every((event) => !('usage' in event))).toBe(true);
  });

  it('end with the usage where that is asked for', async () => {
    const events = await streamed({ prompt: 'blue polka', temperature: 0, stream_options: { include_usage: true } });
    expect(events.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 4 } });
    expect(events.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
  });

  it('are problems like any other where there is nothing to begin with', async () => {
    for (const [body, status, code] of [
      [{ prompt: 'mug '.repeat(257) }, 400, 'too-many-tokens'],
      [{ prompt: 'a', model: 'demo.nothing' }, 404, 'model-unknown'],
    ] as const) {
      const answer = await complete({ stream: true, ...body });
      expect([answer.status, answer.body['code']]).toEqual([status, code]);
    }
  });
});

describe('embeddings', () => {
  const embed = (body: object) => post('/v1/embeddings', { model: ENCODER, ...body });
  const vectors = (answer: Answer) =>
    (answer.body['data'] as readonly { readonly embedding: readonly number[] }[]).map(({ embedding }) => embedding);

  it('are unit vectors in the order of the texts, near for what is alike', async () => {
    const texts = ['red mug', 'mug red!', 'cake stand', 'a set of three red mugs'];
    const answer = await embed({ input: texts });
    expect(answer.body).toMatchObject({ object: 'list', model: ENCODER, usage: { prompt_tokens: 4 + 5 + 4 + 8 } });
    const [one = [], same, other = []] = vectors(answer);
    expect(one).toHaveLength(DIMENSIONS);
    expect(Math.hypot(...one)).toBeCloseTo(1, 5);
    // The mark is an unknown token, which has no place in the vector.
    expect(same).toEqual(one);
    expect(one.reduce((sum, value, at) => sum + value * (other[at] ?? 0), 0)).toBe(0);
    expect(vectors(await embed({ input: 'cake stand' }))).toEqual([other]);
  });

  it('are the same as base64 and for many texts at once', async () => {
    const texts = Array.from({ length: 200 }, (_, index) => SENTENCES[index % SENTENCES.length] as string);
    const floats = vectors(await embed({ input: texts, dimensions: DIMENSIONS }));
    const { body } = await embed({ input: texts, encoding_format: 'base64' });
    const decoded = (body['data'] as readonly { readonly embedding: string; readonly index: number }[]).map(
      ({ embedding }) => {
        const bytes = Buffer.from(embedding, 'base64');
        return Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4));
      },
    );
    expect(decoded).toEqual(floats);
    expect(floats[8]).toEqual(floats[0]);
    expect(floats[1]).not.toEqual(floats[0]);
  });

  it.each([
    ['other dimensions', { input: 'a', dimensions: 7 }, 'dimensions', 'dimensions'],
    ['an empty text', { input: '' }, 'invalid', 'input'],
    ['white space', { input: ['a', '  '] }, 'invalid', 'input'],
    ['no text', { input: [] }, 'invalid', 'input'],
    ['lists of tokens', { input: [1, 2] }, 'invalid', 'input'],
  ])('of %s are refused with 400', async (_, body, code, param) => {
    const answer = await embed(body);
    expect([answer.status, answer.body['code']]).toEqual([400, code]);
    expect((answer.body['error'] as { readonly param: string }).param).toContain(param);
  });

  it('of a language model, and completions of an encoder, are unknown', async () => {
    expect((await embed({ model: MODEL, input: 'a' })).status).toBe(404);
    expect((await complete({ model: ENCODER, prompt: 'a' })).status).toBe(404);
  });
});

describe('scores', () => {
  const score = (text: string) => post('/v1/language/score', { text });

  it('are those of the model, line by line', async () => {
    const lines = ['Red retrospot mug', 'unheard of mug'];
    const answer = await score(lines.join('\n\n'));
    const sentences = lines.map((line) => vocabulary.encode(line.toLowerCase().split(' ')));
    expect(answer.body['perplexity']).toBeCloseTo(
      await perplexity(nextWordModelOf(trigrams), Corpus.ofSentences(sentences)),
      3,
    );
    const tokens = answer.body['tokens'] as readonly { readonly token: string; readonly known: boolean }[];
    expect(tokens.map(({ token }) => token)).toEqual([
      ...['red', 'retrospot', 'mug', '</s>'],
      ...['unheard', 'of', 'mug', '</s>'],
    ]);
    expect(tokens.filter(({ known }) => !known).map(({ token }) => token)).toEqual(['unheard']);
    expect(answer.body).toMatchObject({ model: { name: MODEL, version: '1' }, usage: { total_tokens: 8 } });
  });

  it.each([
    ['without words', '?! \t\n', 'no-words'],
    ['of long lines', 'mug '.repeat(257), 'too-many-tokens'],
    ['of many lines', 'a red mug\n'.repeat(300), 'too-many-tokens'],
    ['of nothing', '', 'invalid'],
  ])('of a text %s are refused with 400', async (_, text, code) => {
    const answer = await score(text);
    expect([answer.status, answer.body['code'], (answer.body['error'] as { param: string }).param]).toEqual([
      400,
      code,
      'text',
    ]);
  });
});

describe('copy', () => {
  const write = (body: object) => post('/v1/language/copy', { item: 'mug', ...body });
  const TEMPLATES = ['{New|Fresh} in the {category}: {title}', 'A {red|blue} one: {words:4} for {price}'];

  it('fills the shop’s templates with the item alone, the same for the same seed', async () => {
    const allowed = new Set('new fresh in the mugs red retrospot mug a blue one for 2.50 kitchen'.split(' '));
    const texts: string[] = [];
    for (let seed = 0; seed < 20; seed++) {
      const answer = await write({ templates: TEMPLATES, seed });
      expect(answer.body).toMatchObject({ item: 'mug', seed, model: { name: MODEL } });
      expect(TEMPLATES).toContain(answer.body['template']);
      texts.push(String(answer.body['text']));
      expect((await write({ templates: TEMPLATES, seed })).body['text']).toBe(texts.at(-1));
    }
    for (const text of texts) {
      for (const word of text.toLowerCase().replaceAll(':', '').split(' ')) expect(allowed).toContain(word);
    }
    expect(new Set(texts).size).toBeGreaterThan(4);
    expect(texts.some((text) => text.endsWith('in the Mugs: Red Retrospot Mug'))).toBe(true);
    expect(texts.some((text) => text.endsWith('for 2.50'))).toBe(true);
  });

  it('has templates of its own, and gives back the seed that was drawn', async () => {
    const { body } = await write({ length: 12 });
    expect(String(body['text']).split(' ').length).toBeLessThanOrEqual(12);
    expect((await write({ length: 12, seed: body['seed'] })).body['text']).toBe(body['text']);
  });

  it('fills the templates of a placement, and those that are built in where it has none', async () => {
    const mail = { ...HOME, id: 'mail' as PlacementId, copyTemplates: ['Only {price}'] };
    await gateway.setTenant(DEMO, [key], { placements: [mail, { ...HOME, id: 'plain' as PlacementId }] });
    await until(async () => (await write({ placement: 'plain' })).status === 200);
    expect((await write({ placement: 'mail' })).body).toMatchObject({ text: 'Only 2.50', template: 'Only {price}' });
    const { body: unplaced } = await write({ seed: 3 });
    expect((await write({ seed: 3, placement: 'plain' })).body).toEqual(unplaced);
    const unknown = await write({ placement: 'nowhere' });
    expect([unknown.status, unknown.body['code'], unknown.body['fix']]).toEqual([
      404,
      'placement-unknown',
      'Name one that it has: mail, plain.',
    ]);
    const both = await write({ placement: 'mail', templates: ['{title}'] });
    expect([both.status, both.body['code']]).toEqual([400, 'invalid']);
    expect(both.body['reason']).toContain('give templates or a placement, not both');
  });

  it('is no longer than is asked for', async () => {
    expect((await write({ templates: ['{title}', 'Only {price}'], length: 2 })).body['text']).toBe('Only 2.50');
    const refused = await write({ templates: ['{title}'], length: 2 });
    expect([refused.status, refused.body['code']]).toEqual([400, 'no-template-fits']);
  });

  it.each([['{size}'], ['{title'], ['title}'], ['{{title}}']])('refuses the template %s', async (template) => {
    const answer = await write({ templates: [template] });
    expect([answer.status, answer.body['code']]).toEqual([400, 'invalid']);
    expect(answer.body['reason']).toMatch(/^templates.0: has a/);
  });

  it('of an item that the catalog has not is unknown', async () => {
    expect((await write({ item: 'nothing' })).body).toMatchObject({ code: 'item-unknown' });
  });
});

describe('what is paid', () => {
  const RETRY = { 'x-stainless-retry-count': '1' };
  const cost = async (work: () => Promise<unknown>): Promise<number> => {
    const before = await charged();
    await work();
    return (await charged()) - before;
  };

  it('is each token once, however often a client sends the request again, which is answered alike', async () => {
    const body = { prompt: 'a', max_tokens: 20, temperature: 2, n: 4, logprobs: 0 };
    let used = 0;
    const cost1 = await cost(async () => {
      const first = await complete(body);
      used = completionOf(first).usage?.total_tokens ?? 0;
      for (const again of [await complete(body, RETRY), await complete(body, { 'x-stainless-retry-count': '2' })]) {
        expect(completionOf(again).choices).toEqual(completionOf(first).choices);
      }
    });
    expect(used).toBeGreaterThan(4);
    expect(cost1).toBe(used);
  });

  it('is each request for itself where it is not said to be a repeat, or is another', async () => {
    const body = { prompt: 'blue polka', temperature: 0 };
    const idempotent = { 'idempotency-key': '0123456789abcdef' };
    expect(
      await cost(async () => {
        await complete(body);
        await complete(body);
        await complete({ ...body, max_tokens: 9 }, RETRY);
        await complete(body, idempotent);
        await complete(body, idempotent);
      }),
    ).toBe(4 * 4);
  });

  it('is nothing for what is refused', async () => {
    expect(
      await cost(async () => {
        await complete({ prompt: 'mug '.repeat(257) });
        await complete({ prompt: 'a', best_of: 2 });
        await post('/v1/language/score', { text: '?' });
      }),
    ).toBe(0);
  });

  it('is what was made of a stream whose client went away, and no more is made', async () => {
    const leaving = new AbortController();
    const before = await charged();
    const { body } = await fetch(`${gateway.url}/v1/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key.secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, prompt: '', n: 16, max_tokens: 256, stream: true, temperature: 2 }),
      signal: leaving.signal,
    });
    await body?.getReader().read();
    leaving.abort();
    // The gateway notices it in its own time.
    await until(async () => (await charged()) > before);
  });
});

it('what is away is said to be so, and comes back by itself', async () => {
  await until(async () => (await models()).includes('demo.fused 1'));
  const { port } = inference;
  await inference.stop();
  const asked = { model: 'demo.fused', prompt: 'set' };
  const away = await complete(asked);
  expect(await gateway.metrics.metrics()).toMatch(/^gateway_language_waiting 0$/m);
  expect([away.status, away.body['code'], away.headers.get('retry-after')]).toEqual([503, 'model-away', '1']);
  expect((await complete({ prompt: 'set', temperature: 0, max_tokens: 1 })).status).toBe(200);
  inference = await startInference(repository, port);
  await until(async () => (await complete(asked)).status === 200);
});

it('what is damaged is said to be so, and is used again once it is mended', async () => {
  const { path } = await storeTrigrams(repository, 'damaged');
  const file = join(path, 'n-grams.bin');
  const whole = await readFile(file);
  await writeFile(file, whole.subarray(0, 100));
  await until(async () => (await models()).includes('damaged 1'));
  const damaged = await complete({ model: 'damaged', prompt: 'set' });
  expect([damaged.status, damaged.body['code']]).toEqual([503, 'model-unusable']);
  await writeFile(file, whole);
  expect((await complete({ model: 'damaged', prompt: 'set' })).status).toBe(200);
});

it('texts are in no answer that refuses them', async () => {
  const secret = 'xyzzyxyzzy';
  for (const answer of [
    await complete({ prompt: `${secret} `.repeat(257) }),
    await complete({ prompt: secret, temperature: 9 }),
    await post('/v1/language/score', { text: `${secret} `.repeat(1_500) }),
    await post('/v1/embeddings', { model: ENCODER, input: [secret, ''] }),
  ]) {
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain(secret);
  }
});
