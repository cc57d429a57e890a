import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitUntil } from '@offerstream/infra';
import { freshDatabase } from '@offerstream/testing';
import OpenAI from 'openai';
import { trainEncoder, trainLanguage } from './language-shop.js';
import { MODEL as RANKING, TENANT } from './line.js';
import { planOf, PLACEMENTS, ServedShop } from './served-shop.js';
import { ask } from './serving.js';

const MODEL = `${TENANT}.language`;
const ENCODER = `${TENANT}.encoder`;
const DIMENSIONS = 16;
const INCLUDED = 100;
const TEMPLATES = ['{new|vintage|red} {title}', '{title} for {price}'];

let shop: ServedShop;
let gatewayUrl: string;
let apiKey: string;
let client: OpenAI;
/** Tokens that the client was told of. */
let told = 0;

beforeAll(async () => {
  shop = await ServedShop.start(await freshDatabase());
  await trainLanguage(shop.line, MODEL);
  await trainEncoder(shop.line, ENCODER, DIMENSIONS);
  ({ url: gatewayUrl } = await shop.startGateway());
  await shop.makeTenant(planOf('Paid', null, 'serve'));
  await ask(shop.control, 'PUT', `/v1/tenants/${TENANT}`, {
    consent: 'assumed',
    placements: PLACEMENTS.map((placement) => ({ ...placement, copyTemplates: TEMPLATES })),
  });
  apiKey = await shop.makeKey('sk');
  client = new OpenAI({ apiKey, baseURL: `${gatewayUrl}/v1` });
  const serves = async (): Promise<boolean> => {
    try {
      return (await client.models.list()).data.length === 2;
    } catch {
      // The key is on its way.
      return false;
    }
  };
  expect(await waitUntil(serves, { timeoutMs: 60_000, everyMs: 250 })).toBe(true);
}, 240_000);
afterAll(() => shop.close(), 120_000);

it('the client of OpenAI’s API finds the shop’s models', async () => {
  const found = [];
  for await (const model of client.models.list()) found.push(model.id);
  expect(found).toEqual([ENCODER, MODEL]);
  expect(await client.models.retrieve(MODEL)).toMatchObject({ id: MODEL, object: 'model', owned_by: TENANT });
});

it('completes texts, by a seed the same each time, with log-probabilities, echo and stop texts', async () => {
  const asked = { model: MODEL, prompt: 'Set of', max_tokens: 8, seed: 5, temperature: 0.8, logprobs: 2, echo: true };
  const { data: first, response, request_id: requestId } = await client.completions.create(asked).withResponse();
  const second = await client.completions.create({ ...asked, stop: ' three' });
  const third = await client.completions.create({ ...asked, prompt: ['Set of', 'red'], n: 2 });
  for (const { usage } of [first, second, third]) told += usage?.total_tokens ?? NaN;
  expect(requestId).toBe(response.headers.get('x-request-id'));
  const [choice] = first.choices;
  expect(choice?.text).toMatch(/^set of three /);
  expect(choice?.logprobs?.tokens?.join('')).toBe(choice?.text);
  for (const score of choice?.logprobs?.token_logprobs ?? []) expect(score).toBeLessThan(0);
  expect(Object.keys(choice?.logprobs?.top_logprobs?.[1] ?? {})).toHaveLength(2);
  expect(second.choices[0]).toMatchObject({ text: 'set of', finish_reason: 'stop' });
  expect(third.choices.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
  expect(third.choices[0]?.text).toBe(choice?.text);
});

it('streams word by word what it answers at once, and the usage last', async () => {
  const asked = { model: MODEL, prompt: 'vintage', max_tokens: 6, seed: 11 };
  const whole = await client.completions.create(asked);
  const stream = await client.completions.create({ ...asked, stream: true, stream_options: { include_usage: true } });
  let text = '';
  let total: number | undefined;
  for await (const { choices, usage } of stream) {
    text += choices[0]?.text ?? '';
    total = usage?.total_tokens;
  }
  expect(text).toBe(whole.choices[0]?.text);
  expect(total).toBe(whole.usage?.total_tokens);
  told += 2 * (total ?? NaN);
});

it('makes embeddings, which come as base64 unless numbers are asked for', async () => {
  const input = ['red travel mug', 'Mug, travel: RED', 'paper napkins'];
  const packed = await client.embeddings.create({ model: ENCODER, input });
  const plain = await client.embeddings.create({ model: ENCODER, input, encoding_format: 'float' });
  told += packed.usage.total_tokens + plain.usage.total_tokens;
  const [one = [], same = [], other = []] = packed.data.map(({ embedding }) => Array.from(embedding));
  expect(one).toHaveLength(DIMENSIONS);
  expect(plain.data.map(({ embedding }) => embedding)).toEqual([one, same, other]);
  const likeness = (vector: readonly number[]) => vector.reduce((sum, value, at) => sum + value * (one[at] ?? NaN), 0);
  expect(likeness(one)).toBeCloseTo(1, 5);
  expect(likeness(same)).toBeGreaterThan(likeness(other) + 0.2);
});

it('offers carry copy that is made of their placement’s templates, the same for the same offer', async () => {
  const mug = { id: 'mug', title: 'Retrospot Travel Mug', price: 2.5 };
  await ask(shop.control, 'POST', `/v1/catalog/items?tenant=${TENANT}`, mug);
  await ask(shop.control, 'PUT', `/v1/models/${RANKING}?tenant=${TENANT}`, {
    version: '1',
    family: 'collaborative',
    popular: [mug.id],
  });
  const gateway = { url: gatewayUrl, token: apiKey };
  const path = '/v1/offers/anna?placement=home';
  const isOffered = async (): Promise<boolean> =>
    (await ask<{ readonly items: readonly unknown[] }>(gateway, 'GET', path)).items.length === 1;
  expect(await waitUntil(isOffered, { timeoutMs: 60_000, everyMs: 250 })).toBe(true);
  interface WithCopy {
    readonly items: readonly { readonly item: string; readonly copy: string | null }[];
    readonly copy: { readonly usage: { readonly total_tokens: number } };
  }
  const [first, second] = [
    await ask<WithCopy>(gateway, 'GET', `${path}&copy=true`),
    await ask<WithCopy>(gateway, 'GET', `${path}&copy=true`),
  ];
  expect(first.items[0]?.item).toBe(mug.id);
  expect(first.items[0]?.copy).toMatch(/^((new|vintage|red) Retrospot Travel Mug|Retrospot Travel Mug for 2\.50)$/);
  expect(first.copy).toMatchObject({ model: { name: MODEL, version: '1' }, problem: null });
  expect(second.items).toEqual(first.items);
  told += first.copy.usage.total_tokens + second.copy.usage.total_tokens;
});

it('refuses with the errors that the client has types for', async () => {
  const refusal = async (work: Promise<unknown>) => work.catch((error: unknown) => error);
  const unknown = await refusal(client.completions.create({ model: 'gpt-4', prompt: 'a' }));
  expect(unknown).toBeInstanceOf(OpenAI.NotFoundError);
  expect(unknown).toMatchObject({ code: 'model-unknown', type: 'invalid_request_error' });
  expect((unknown as InstanceType<typeof OpenAI.APIError>).requestID).toMatch(/^[0-9a-f-]{36}$/);
  const invalid = await refusal(client.completions.create({ model: MODEL, prompt: 'a', suffix: 'b' }));
  expect(invalid).toBeInstanceOf(OpenAI.BadRequestError);
  expect(invalid).toMatchObject({
    code: 'invalid',
    param: 'suffix',
    message: expect.stringContaining('not supported') as string,
  });
  const stranger = new OpenAI({ apiKey: `${apiKey}x`, baseURL: `${gatewayUrl}/v1` });
  expect(await refusal(stranger.models.list())).toBeInstanceOf(OpenAI.AuthenticationError);
});

it('a request whose answer was lost is sent again by the client, answered alike and paid once', async () => {
  const lost: string[] = [];
  const proxy = await cuttingProxy(gatewayUrl, (body) => lost.push(body));
  try {
    const { port } = proxy.address() as AddressInfo;
    const behind = new OpenAI({ apiKey, baseURL: `http://127.0.0.1:${port}/v1` });
    // Without a seed: the text is drawn by chance.
    const completion = await behind.completions.create({
      model: MODEL,
      prompt: 'pink',
      temperature: 2,
      max_tokens: 12,
    });
    expect(lost).toHaveLength(1);
    expect(completion.choices).toEqual((JSON.parse(lost[0] ?? '') as typeof completion).choices);
    told += completion.usage?.total_tokens ?? NaN;
  } finally {
    proxy.close();
  }
});

it('what the client was told of is what the shop owes', async () => {
  expect(told).toBeGreaterThan(INCLUDED / 2);
  const isCounted = async (): Promise<boolean> => (await shop.usage('tokens')) >= told;
  expect(await waitUntil(isCounted, { timeoutMs: 60_000, everyMs: 500 })).toBe(true);
  expect(await shop.usage('tokens')).toBe(told);
  const { invoices } = await ask<{
    readonly invoices: readonly { readonly lines: readonly { readonly meter: string; readonly units: number }[] }[];
  }>(shop.control, 'GET', `/v1/tenants/${TENANT}/invoices`);
  expect(invoices[0]?.lines.find(({ meter }) => meter === 'tokens')).toMatchObject({
    units: told,
    included: Math.min(INCLUDED, told),
    amountMicros: Math.max(0, told - INCLUDED) * 500,
  });
});

/** Passes requests on, and cuts the connection instead of giving back the first answer. */
const cuttingProxy = (target: string, onLost: (body: string) => void): Promise<Server> =>
  new Promise((resolve) => {
    let isFirst = true;
    const server = createServer((incoming, outgoing) => {
      const { method, url, headers } = incoming;
      const passed = httpRequest(new URL(url ?? '', target), { method, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          const body = Buffer.concat(chunks);
          if (isFirst) {
            isFirst = false;
            onLost(body.toString());
            incoming.socket.destroy();
          } else {
            outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
            outgoing.end(body);
          }
        });
      });
      incoming.pipe(passed);
    }).listen(0, '127.0.0.1', () => resolve(server));
  });
