import { setTimeout as sleep } from 'node:timers/promises';
import { itemHash, RETRIEVAL_INPUTS, RETRIEVAL_OUTPUTS } from '@offerstream/contracts';
import { InferenceClient, RetrievalClient } from '@offerstream/inference-client';
import { waitUntil } from '@offerstream/infra';
import { dataOf, openSession } from '@offerstream/onnx-runtime';
import { kafkaBrokers } from '@offerstream/testing';
import { sendViews, shoppersNamed } from './events.js';
import { itemId, ITEMS, Line, MODEL, TENANT } from './line.js';
import { readOffers } from './oracle.js';

const REQUESTS_PER_SECOND = 500;
const MOST_OUTSTANDING = 128;
const VERSIONS = Array.from({ length: 10 }, (_, index) => String(index + 2));
const HISTORIES = 20;
const LENGTH = 3;
/** So many items that loading takes some hundred times as long as an answer. */
const SLOW_TO_LOAD = 300_000;
/** How many of the best items are compared: further down, scores lie closer together than batching changes them. */
const COMPARED = 10;

interface Answer {
  readonly history: number;
  readonly version: string;
  readonly items: string;
}

const historyOf = (index: number): BigInt64Array =>
  BigInt64Array.from({ length: LENGTH }, (_, place) => itemHash(TENANT, itemId((index * 37 + place * 11) % ITEMS)));
const ACTIONS = BigInt64Array.from({ length: LENGTH }, () => 1n);
const AGES = Float32Array.of(200, 100, 0);

describe('versions of a model', () => {
  let line: Line;
  beforeAll(async () => {
    line = await Line.prepare(await kafkaBrokers());
    await line.startInference();
  });
  afterAll(() => line.close());

  it('that are renamed into place under load: no error, and each answer is that of the version it names', async () => {
    const client = new InferenceClient(line.inferenceAddress);
    const load = startLoad(client);
    await load.untilAnsweredBy('1');
    for (const version of VERSIONS) {
      await line.writeModel(version);
      await load.untilAnsweredBy(version);
    }
    const { answers, errors } = await load.stop();
    client.close();
    expect(errors).toEqual([]);
    expect(answers.length).toBeGreaterThan(REQUESTS_PER_SECOND);

    const expected = await expectedItems(line, ['1', ...VERSIONS]);
    expect(new Set(expected.values()).size).toBeGreaterThan(VERSIONS.length * HISTORIES * 0.9);
    const wrong = answers.filter(({ history, version, items }) => expected.get(`${version}/${history}`) !== items);
    expect(wrong).toEqual([]);
    expect([...new Set(answers.map(({ version }) => version))].sort()).toEqual(['1', ...VERSIONS].sort());
  });

  it('serve offers once they are promoted, and only then', async () => {
    const personalizer = await line.startPersonalizer();
    await personalizer.ready();
    let round = 0;
    const servedVersions = async (): Promise<readonly string[]> => {
      const n = round++;
      const shoppers = shoppersNamed(`shopper-${n}`, 5);
      await sendViews(line, shoppers, n, n + 1);
      await line.untilDone();
      const offers = (await readOffers(line)).filter(({ subject }) => shoppers.includes(subject));
      expect(new Set(offers.flatMap(({ strategies }) => strategies))).toEqual(new Set(['personal']));
      return [...new Set(offers.map(({ version }) => version))];
    };
    expect(await servedVersions()).toEqual(['1']);
    await line.promote('7');
    const promoted = await waitUntil(async () => (await servedVersions()).join() === '7', {
      timeoutMs: 60_000,
      everyMs: 100,
    });
    expect(promoted).toBe(true);
    await personalizer.stop();
  });

  it('that take longer to load than a personalizer waits: each offer is personal all the while', async () => {
    const client = new InferenceClient(line.inferenceAddress);
    /** How many milliseconds it took from the version's being there to its being served. */
    const serve = async (version: string): Promise<number> => {
      await line.writeModel(version, MODEL, SLOW_TO_LOAD);
      const began = performance.now();
      const isServed = () => client.modelReady({ model: MODEL, version, deadlineMs: 10_000 });
      if (!(await waitUntil(isServed, { timeoutMs: 60_000, everyMs: 50 }))) throw new Error(`${version} never answers`);
      return performance.now() - began;
    };
    // Found and loaded twice in that time: a run that waited for one load would have to wait longer than for a quarter of it.
    const deadlineMs = Math.ceil((await serve('12')) / 4);
    const personalizer = await line.startPersonalizer({ INFERENCE_DEADLINE_MS: String(deadlineMs) });
    await personalizer.ready();
    const visitors = shoppersNamed('visitor', 5);
    const swap = { done: false };
    const swapping = serve('13').finally(() => (swap.done = true));
    let views = 0;
    while (!swap.done) {
      await sendViews(line, visitors, views, views + 1);
      views++;
      await sleep(50);
    }
    await swapping;
    client.close();
    await line.untilDone();
    await personalizer.stop();

    const offers = (await readOffers(line)).filter(({ subject }) => visitors.includes(subject));
    expect(offers.length).toBeGreaterThan(views);
    expect(new Set(offers.flatMap(({ strategies }) => strategies))).toEqual(new Set(['personal']));
  });
});

/** Asks for the newest version at a steady rate until told to stop. */
const startLoad = (client: InferenceClient) => {
  const retrieval = new RetrievalClient(client);
  const answers: Answer[] = [];
  const errors: string[] = [];
  const outstanding = new Set<Promise<void>>();
  let going = true;
  const ask = async (history: number): Promise<void> => {
    try {
      const { modelVersion, items } = await retrieval.rank({
        model: MODEL,
        rows: 1,
        length: LENGTH,
        historyItems: historyOf(history),
        historyActions: ACTIONS,
        historyAges: AGES,
        deadlineMs: 60_000,
      });
      answers.push({ history, version: modelVersion, items: items.slice(0, COMPARED).join() });
    } catch (error) {
      errors.push(String(error));
    }
  };
  const run = async (): Promise<void> => {
    const began = performance.now();
    let asked = 0;
    while (going) {
      const due = Math.floor(((performance.now() - began) * REQUESTS_PER_SECOND) / 1_000);
      while (asked < due && outstanding.size < MOST_OUTSTANDING) {
        const request = ask(asked++ % HISTORIES).finally(() => outstanding.delete(request));
        outstanding.add(request);
      }
      await sleep(2);
    }
    await Promise.all(outstanding);
  };
  const running = run();
  return {
    untilAnsweredBy: async (version: string): Promise<void> => {
      const seen = () => Promise.resolve(errors.length > 0 || answers.at(-1)?.version === version);
      if (!(await waitUntil(seen, { timeoutMs: 60_000, everyMs: 20 }))) throw new Error(`${version} never answers`);
      // For a while nothing changes, so that versions also answer between two swaps.
      await sleep(300);
    },
    stop: async () => {
      going = false;
      await running;
      return { answers, errors };
    },
  };
};

/** What each version's own file says, run here. */
const expectedItems = async (line: Line, versions: readonly string[]): Promise<ReadonlyMap<string, string>> => {
  const expected = new Map<string, string>();
  for (const version of versions) {
    const session = await openSession(line.path(`models/${MODEL}/${version}/model.onnx`));
    for (let history = 0; history < HISTORIES; history++) {
      const dims = [1, LENGTH];
      const outputs = await session.run({
        [RETRIEVAL_INPUTS.historyItems]: { dtype: 'int64', dims, data: historyOf(history) },
        [RETRIEVAL_INPUTS.historyActions]: { dtype: 'int64', dims, data: ACTIONS },
        [RETRIEVAL_INPUTS.historyAges]: { dtype: 'float32', dims, data: AGES },
      });
      const items = dataOf(outputs, RETRIEVAL_OUTPUTS.items, 'int64');
      expected.set(`${version}/${history}`, items.slice(0, COMPARED).join());
    }
    await session.close();
  }
  return expected;
};
