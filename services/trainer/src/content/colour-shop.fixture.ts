import {
  itemHash,
  RETRIEVAL_INPUTS,
  RETRIEVAL_OUTPUTS,
  vectorText,
  type CatalogItem,
  type ItemId,
  type ItemVectors,
} from '@offerstream/contracts';
import { InferenceClient } from '@offerstream/inference-client';
import {
  comparableVectors,
  storeModel,
  trainModel,
  type Interaction,
  type StoredModel,
  type TrainedModel,
} from '@offerstream/learning';
import { SHOP } from '../running-trainer.fixture.js';

const ITEMS = 40;

/** Even ones are red, odd ones are blue; nothing but their pictures says so. */
export const ITEMS_OF_SHOP: readonly CatalogItem[] = Array.from({ length: ITEMS }, (_, index) => ({
  id: `i${index}` as ItemId,
  title: 'A thing',
  categories: ['Things'],
  available: true,
}));

/** As the trainer makes them by version 1 of `shop.vision`. */
const recordOf = ({ id }: CatalogItem, index: number): ItemVectors => ({
  id,
  image: {
    model: 'shop.vision',
    version: '1',
    vector: vectorText(Float32Array.from(index % 2 ? [0, 0, 1] : [1, 0, 0])),
  },
});

/** The same sequence each time: a linear congruential generator, Numerical Recipes, 3rd edition, section 7.1. */
const sequence = (seed: number) => {
  let state = seed;
  return (): number => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
};

/** Of shoppers who like one colour each. */
const interactions = (): readonly Interaction[] => {
  const random = sequence(7);
  return Array.from({ length: 1_500 }, (_, step) => {
    const shopper = Math.floor(random() * 60);
    const colour = random() < 0.9 ? shopper % 2 : Math.floor(random() * 2);
    const item = `i${colour + 2 * Math.floor((random() * ITEMS) / 2)}`;
    return { subject: `s${shopper}`, item, action: 'view', time: step * 60_000 };
  });
};

let trained: Promise<TrainedModel> | undefined;

/** Trains the shop's content model, once in a process, and stores it as the next version. */
export const storeShop = async (repository: string): Promise<StoredModel> => {
  trained ??= trainModel({
    tenant: SHOP,
    family: 'content',
    interactions: interactions(),
    catalog: ITEMS_OF_SHOP,
    vectors: comparableVectors(new Map(ITEMS_OF_SHOP.map((item, index) => [item.id, recordOf(item, index)]))),
    seed: 1,
  });
  return storeModel(repository, await trained);
};

const hash = (item: string): bigint => itemHash(SHOP, item as ItemId);

/** How a version scores items for a shopper who has looked at others; undefined for one that it does not know. */
export const scoresOf = async (
  address: string,
  version: string,
  history: readonly string[],
  items: readonly string[],
): Promise<readonly (number | undefined)[]> => {
  const client = new InferenceClient(address);
  try {
    const shape = [1, history.length];
    const { outputs } = await client.infer({
      model: 'shop.content',
      version,
      inputs: {
        [RETRIEVAL_INPUTS.historyItems]: { datatype: 'INT64', shape, data: BigInt64Array.from(history, hash) },
        [RETRIEVAL_INPUTS.historyActions]: {
          datatype: 'INT64',
          shape,
          data: new BigInt64Array(history.length).fill(1n),
        },
        [RETRIEVAL_INPUTS.historyAges]: { datatype: 'FP32', shape, data: new Float32Array(history.length) },
      },
      deadlineMs: 10_000,
    });
    const listed = outputs[RETRIEVAL_OUTPUTS.items]?.data as BigInt64Array;
    const scores = outputs[RETRIEVAL_OUTPUTS.scores]?.data as Float32Array;
    return items.map((item) => scores[listed.indexOf(hash(item))]);
  } finally {
    client.close();
  }
};
