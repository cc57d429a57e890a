// The program of the search thread: it holds the indexes of all shops, and answers one request after the other.
import { parentPort } from 'node:worker_threads';
import type { TenantId } from '@offerstream/contracts';
import { LanguageError, readLanguageModel, TOKENIZERS } from '@offerstream/language';
import { nGramScorer } from '@offerstream/search';
import type { AnswerTo, SearchAnswer, SearchKind, SearchRequest } from './search-messages.js';
import { ShopIndex } from './shop-index.js';

const port = parentPort;
if (port === null) throw new Error('search-worker runs in a worker thread only.');

const shops = new Map<TenantId, ShopIndex>();

const shopOf = (tenant: TenantId): ShopIndex => {
  let shop = shops.get(tenant);
  if (shop === undefined) shops.set(tenant, (shop = new ShopIndex()));
  return shop;
};

const answerTo = async ({ tenant, kind, ask }: SearchRequest): Promise<AnswerTo<SearchKind>> => {
  const shop = shopOf(tenant);
  switch (kind) {
    case 'change':
      for (const change of ask.changes) shop.apply(change);
      return undefined;
    case 'counts':
      shop.setCounts(ask);
      return undefined;
    case 'language':
      return useLanguageModel(shop, ask.folder);
    case 'vectors':
      return shop.setVectors(ask.items);
    case 'alike':
      return shop.alike(ask);
    case 'complete':
      return shop.complete(ask.typed, ask.limit, ask.habit);
    case 'find':
      return shop.find(ask);
  }
};

/** A version may be gone again by now. @returns why it can't be used */
const useLanguageModel = async (shop: ShopIndex, folder: string | undefined): Promise<string | undefined> => {
  shop.setScorer();
  if (folder === undefined) return undefined;
  try {
    const { nGrams, tokenizer } = await readLanguageModel(folder);
    shop.setScorer(nGramScorer(nGrams, TOKENIZERS[tokenizer]));
    return undefined;
  } catch (error) {
    if (!(error instanceof LanguageError)) throw error;
    return error.message;
  }
};

const QUERIES: ReadonlySet<SearchKind> = new Set<SearchKind>(['complete', 'find', 'alike']);

/** A query that fails leaves the indexes as they are. What else is thrown ends the thread, and they are made anew in another. */
const answered = async (request: SearchRequest): Promise<SearchAnswer> => {
  const { id, kind } = request;
  try {
    return { id, answer: await answerTo(request) };
  } catch (error) {
    if (!QUERIES.has(kind)) throw error;
    return { id, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
};

let before = Promise.resolve();
port.on('message', (request: SearchRequest) => {
  before = before.then(async () => port.postMessage(await answered(request)));
});
