import { TOPIC_NAMES } from '@offerstream/contracts';
import { createDemoShop } from '@offerstream/demo-shop';
import { waitUntil } from '@offerstream/infra';
import { ensureTopics } from '@offerstream/kafka';
import {
  Corpus,
  languageModelFiles,
  learnVocabulary,
  NGramModel,
  readWords,
  titleTokenizer,
} from '@offerstream/language';
import { storeVersion } from '@offerstream/learning';
import { withProcessorTime } from './api-serving.js';
import { fillStore } from './fill-store.js';
import { apiRequest, HttpConnections } from './http-connections.js';
import { evenly, Requests } from './http-load.js';
import { machine, report } from './machine.js';
import { Rig } from './rig.js';
import { startServing } from './serving.js';
import { API_KEY, publishShop, randomFrom, subjectId, TENANT, writeModel } from './shop.js';

const TITLES = 100_000;
const SUBJECTS = 20_000;
const DIMENSIONS = 64;
const SETTINGS = { perSecond: 200, connections: 32, warmUpSeconds: 5, seconds: 20 };
const REQUESTS = 20_000;
const SEED = 1;
const INDEXED_TIMEOUT_MS = 300_000;

/** Shoppers of whom nothing is known, and those whose habit ranks. */
const SHOPPERS = ['unknown', 'known'] as const;

/**
 * How long suggestions take over a catalog of 100,000 titles, through a gateway with a language model of these titles: prefixes of any
 * length of its titles at an even rate.
 */
export const benchSuggest = async (): Promise<undefined> => {
  const rig = await Rig.start();
  try {
    const titles = titlesOf(TITLES);
    const { port, service } = await startGateway(rig, titles);
    const random = randomFrom(SEED);
    for (const shoppers of SHOPPERS) {
      const requests = new Requests(
        Array.from({ length: REQUESTS }, () => {
          const title = titles[Math.floor(random() * titles.length)] as string;
          const query = new URLSearchParams({ q: title.slice(0, 1 + Math.floor(random() * title.length)) });
          if (shoppers === 'known') query.set('subject', subjectId(Math.floor(random() * SUBJECTS)));
          return apiRequest('GET', `/v1/search/suggest?${query.toString()}`, API_KEY);
        }),
      );
      const connections = await HttpConnections.open(port, SETTINGS.connections);
      const even = await withProcessorTime(service, () => evenly(connections, requests, SETTINGS, SETTINGS.perSecond));
      connections.close();
      report({
        bench: 'language',
        part: 'suggest',
        titles: titles.length,
        shoppers,
        even,
        residentMB: Math.round(service.residentBytes() / 1e6),
        broker: rig.brokerSource,
        settings: SETTINGS,
        machine: machine(),
      });
    }
  } finally {
    await rig.close();
  }
  return undefined;
};

/** Of as many demo shops as it takes. */
const titlesOf = (count: number): string[] => {
  const titles = new Set<string>();
  for (let seed = 1; titles.size < count; seed++) {
    for (const { title } of createDemoShop(seed).catalog) {
      if (title !== undefined && titles.size < count) titles.add(title);
    }
  }
  return [...titles];
};

const startGateway = async (rig: Rig, titles: readonly string[]) => {
  await ensureTopics(rig.kafka, TOPIC_NAMES, { replicationFactor: 1 });
  await writeModel(rig.path('models'), '1', titles.length, DIMENSIONS);
  await writeLanguageModel(rig.path('models'), titles);
  await publishShop(rig, titles.length, (index) => titles[index] as string);
  await fillStore(rig.path('profiles'), { subjects: SUBJECTS, items: titles.length, seed: SEED });
  const { httpPort: port, service } = await startServing(rig, { gateway: { MODELS_DIR: rig.path('models') } });
  await untilIndexed(port, titles.at(-1) as string);
  return { port, service };
};

const writeLanguageModel = async (models: string, titles: readonly string[]): Promise<void> => {
  const lines = await readWords(titles, titleTokenizer);
  const vocabulary = learnVocabulary(lines, 10_000);
  const corpus = Corpus.ofLines(lines, vocabulary, () => true);
  const files = languageModelFiles({
    kind: 'ngram',
    tokenizer: 'title',
    recipe: { components: [{ kind: 'n-gram', order: 3 }], weights: [1] },
    nGrams: NGramModel.train(corpus, { vocabulary, order: 3 }),
  });
  await storeVersion(models, `${TENANT}.language`, files);
};

/** Changes are indexed in their order: the last title is the last one. */
const untilIndexed = async (port: number, title: string): Promise<void> => {
  const query = new URLSearchParams({ q: title.slice(0, -1) });
  const wanted = titleTokenizer(title).join(' ');
  const isThere = async (): Promise<boolean> => {
    const response = await fetch(`http://127.0.0.1:${port}/v1/search/suggest?${query.toString()}`, {
      headers: { authorization: `Bearer ${API_KEY}` },
    });
    const { suggestions = [], language } = (await response.json()) as {
      readonly suggestions?: readonly { readonly text: string }[];
      readonly language?: unknown;
    };
    return suggestions.some(({ text }) => text === wanted) && language !== null;
  };
  if (!(await waitUntil(isThere, { timeoutMs: INDEXED_TIMEOUT_MS, everyMs: 200 })))
    throw new Error('The titles were not indexed in time.');
};
