import { catalogItemSchema, offerId, type PlacementId } from '@offerstream/contracts';
import { Catalog, keepDescribed } from '@offerstream/decisioning';
import { Problem, type Call } from '@offerstream/http-api';
import { NO_TEMPLATE_FITS } from '../language/language-refusal.js';
import type { CopyTask, WrittenCopy } from '../language/language-tasks.js';
import { Receipts } from '../language/receipts.js';
import { TokenCharges } from '../language/token-charges.js';
import { ANNA, DEMO, HOME, item, tenant } from '../shop.fixture.js';
import { OfferCopy } from './offer-copy.js';
import { answeredOffer, type AnsweredOffer } from './offer-schemas.js';

const MODEL = { name: 'demo.language', version: '3', folder: '', createdMs: 0 };
const MAIL = { ...HOME, id: 'mail' as PlacementId, copyTemplates: ['New: {title}', 'Only {price}'] };
const TOKENS = 7;

const problem = (code: string, status = 503): Problem =>
  new Problem({ status, code, reason: `${code} it is.`, fix: 'None.' });

const offerOf = (...items: readonly string[]): AnsweredOffer => ({
  id: offerId(DEMO, ANNA, '0:7', { placement: MAIL.id, model: undefined, strategy: 'popular' }),
  revision: null,
  tenant: DEMO,
  subject: ANNA,
  placement: MAIL.id,
  items: items.map((id, index) => ({ item: item(id), rank: index + 1, score: 1, strategy: 'popular' })),
  model: null,
  cause: null,
  validUntil: '2099-01-01T00:00:00.000Z',
});

/** @param ask answers as a thread would, told how often it was asked before */
const setUp = (ask: (task: CopyTask, before: number) => Promise<WrittenCopy> | undefined = () => undefined) => {
  const catalog = new Catalog(keepDescribed());
  for (const id of ['shoe', 'sock', 'hat']) {
    const record = catalogItemSchema.parse({ id, title: `A ${id}`, categories: ['Wear'], price: 7.5 });
    catalog.put(DEMO, item(id), Buffer.from(JSON.stringify(record)));
  }
  const tasks: CopyTask[] = [];
  const reserved: number[] = [];
  const paid: number[] = [];
  const refusals: { model?: Problem; quota?: Problem } = {};
  const client = new AbortController();
  const late = new AbortController();
  let missing = 0;
  const metering = {
    reserve(_tenant: unknown, _meter: string, units: number) {
      if (refusals.quota !== undefined) throw refusals.quota;
      reserved.push(units);
      return { settle: (used: number) => void paid.push(used) };
    },
  };
  const copy = new OfferCopy({
    tables: { shop: (id) => catalog.shop(id) },
    models: {
      languageModel() {
        if (refusals.model !== undefined) throw refusals.model;
        return MODEL;
      },
    },
    pool: {
      ask(_tenant, task, { signal } = {}) {
        signal?.throwIfAborted();
        const asked = task as CopyTask;
        tasks.push(asked);
        const written = { text: `${asked.item.title} ${asked.seed}`, template: asked.templates[0], tokens: TOKENS };
        const answer = ask(asked, tasks.length - 1) ?? Promise.resolve(written);
        return answer.then((result) => (signal?.throwIfAborted(), result)) as never;
      },
    },
    charges: new TokenCharges(metering, new Receipts({ nowMs: () => 0, newSeed: () => 1 })),
    deadline: () => late.signal,
    onMissing: () => (missing += 1),
  });
  const write = (offer = offerOf('shoe', 'sock', 'hat'), placement = MAIL) =>
    copy.write(tenant(), placement, offer, {
      signal: client.signal,
      paidOnce: { fingerprint: 'a', mayBeRepeated: false },
    } as Call);
  return { write, tasks, reserved, paid, refusals, client, late, missing: () => missing };
};

const texts = ({ items }: AnsweredOffer) => items.map(({ copy }) => copy);

it('each item has a text of its own, by the placement’s templates, and the offer pays for all of them', async () => {
  const { write, tasks, reserved, paid, missing } = setUp();
  const offer = offerOf('shoe', 'sock');
  const written = await write(offer);
  expect(texts(written)).toEqual(tasks.map(({ item: { title }, seed }) => `${title} ${seed}`));
  expect(tasks.map(({ item: { title } }) => title)).toEqual(['A shoe', 'A sock']);
  expect(tasks[0]).toMatchObject({
    model: MODEL,
    templates: MAIL.copyTemplates,
    item: { title: 'A shoe', categories: ['Wear'], price: '7.50' },
    maxWords: 20,
  });
  expect(written).toMatchObject({
    id: offer.id,
    copy: { model: { name: MODEL.name, version: '3' }, usage: { total_tokens: 14 }, problem: null },
  });
  expect(answeredOffer.parse(written)).toEqual(written);
  expect(paid).toEqual([14]);
  expect(reserved[0]).toBeGreaterThan(14);
  expect(missing()).toBe(0);
});

it('the same offer draws the same of each item, wherever that stands in it, and another offer something else', async () => {
  const seedsOf = async (offer: AnsweredOffer) => {
    const { write, tasks } = setUp();
    await write(offer);
    return new Map(tasks.map(({ item: { title }, seed }) => [title, seed]));
  };
  const seeds = await seedsOf(offerOf('shoe', 'sock', 'hat'));
  expect(await seedsOf(offerOf('hat', 'shoe', 'sock'))).toEqual(seeds);
  const others = await seedsOf({ ...offerOf('shoe', 'sock', 'hat'), id: 'f'.repeat(32) });
  expect(new Set([...seeds.values(), ...others.values()]).size).toBe(6);
});

it('an item that no template fits, or that the catalog has lost, has no copy, and the others have', async () => {
  const { write, tasks, paid, missing } = setUp(({ item: { title } }) =>
    title === 'A sock' ? Promise.reject(problem(NO_TEMPLATE_FITS, 400)) : undefined,
  );
  const written = await write(offerOf('gone', 'sock', 'hat'));
  expect(texts(written)).toEqual([null, null, expect.stringMatching(/^A hat /)]);
  expect(written.copy).toMatchObject({ usage: { total_tokens: TOKENS }, problem: null });
  expect(tasks).toHaveLength(2);
  expect([paid, missing()]).toEqual([[TOKENS], 0]);
});

describe('an offer is there without copy', () => {
  it('where the model stops answering: what was written until then stays and is paid', async () => {
    const { write, tasks, paid, missing } = setUp((_, before) =>
      before === 1 ? Promise.reject(problem('model-away')) : undefined,
    );
    const written = await write();
    expect(texts(written)).toEqual([expect.stringMatching(/^A shoe /), null, null]);
    expect(written.copy).toEqual({
      model: { name: MODEL.name, version: '3' },
      usage: { total_tokens: TOKENS },
      problem: { code: 'model-away', reason: 'model-away it is.', fix: 'None.' },
    });
    expect(tasks).toHaveLength(2);
    expect([paid, missing()]).toEqual([[TOKENS], 1]);
  });

  it('where a bug ends the thread’s work', async () => {
    const { write } = setUp(() => Promise.reject(problem('internal', 500)));
    expect((await write()).copy?.problem?.code).toBe('internal');
  });

  it('where it would have to wait too long', async () => {
    const { write, late } = setUp((_, before) => {
      if (before === 1) late.abort(problem('timed-out'));
      return undefined;
    });
    const written = await write();
    expect(texts(written)).toEqual([expect.stringMatching(/^A shoe /), null, null]);
    expect(written.copy?.problem?.code).toBe('timed-out');
  });

  it.each([
    ['the tenant has no language model', 'model-unknown', { model: null }],
    ['the quota of tokens is used up', 'quota-used-up', { model: { name: MODEL.name, version: '3' } }],
  ])('where %s: nobody is asked, and nothing is paid', async (_, code, expected) => {
    const { write, tasks, paid, refusals, missing } = setUp();
    if (code === 'model-unknown') refusals.model = problem(code, 404);
    else refusals.quota = problem(code, 429);
    const written = await write();
    expect(written.items.map(({ item: id, copy }) => [id, copy])).toEqual([
      ['shoe', null],
      ['sock', null],
      ['hat', null],
    ]);
    expect(written.copy).toMatchObject({ ...expected, usage: { total_tokens: 0 }, problem: { code } });
    expect([tasks, paid, missing()]).toEqual([[], [], 1]);
  });
});

it('whoever leaves pays nothing, and nothing more is written', async () => {
  const { write, client, tasks, paid } = setUp((_, before) => {
    if (before === 1) client.abort(problem('nobody-waits', 499));
    return undefined;
  });
  await expect(write()).rejects.toMatchObject({ details: { code: 'nobody-waits' } });
  expect(tasks).toHaveLength(2);
  expect(paid).toEqual([0]);
});

it('a bug that no thread has told of is no missing copy', async () => {
  const { write } = setUp(() => Promise.reject(new Error('planted')));
  await expect(write()).rejects.toThrow('planted');
});

it('takes of the quota what each item that is there may use', async () => {
  const { write, reserved } = setUp();
  await write(offerOf('shoe'));
  await write(offerOf('shoe', 'gone'));
  await write(offerOf('shoe', 'shoe'));
  const [one, sameAsOne, twice] = reserved;
  expect([sameAsOne, twice]).toEqual([one, 2 * (one ?? NaN)]);
});
