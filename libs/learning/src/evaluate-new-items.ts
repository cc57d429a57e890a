import { EXPLANATION_SOURCES, type CatalogItem, type ExplanationSource, type TenantId } from '@offerstream/contracts';
import type { FamilyName } from './families/index.js';
import type { ItemVector, ItemVectors } from './fusion/item-vectors.js';
import { gainOf, type Gain } from './gain.js';
import { earlierPart, type InteractionLog } from './interaction-log.js';
import { modelLists, newItemRecalls, newItems, rankedNewItems, type NewItems } from './new-items.js';
import { TitleNearness } from './title-nearness.js';
import { trainModel } from './train-model.js';

export interface NewItemsOptions {
  readonly tenant: TenantId;
  /** Models learn from what is before this position; items that are first touched from there on are new. */
  readonly from: number;
  readonly catalog: readonly CatalogItem[];
  readonly vectors: ItemVectors;
  readonly seed: number;
  /** A title counts half as much when it was touched this much before the newest; chosen on another part of the log. */
  readonly titleHalfLifeMs: number;
  /** Places of a list; default {@link NEW_ITEMS_CUTOFF}. */
  readonly cutoff?: number;
  readonly signal?: AbortSignal;
  /** Called before each kind of list. */
  readonly onNext?: (what: string) => void;
}

/** How much of what is wanted of new items is in the first places of lists. */
export interface NewItemsReport {
  readonly items: number;
  readonly questions: number;
  /** By the training part, in which all of them are alike: in the order of their ids. */
  readonly popularity: number;
  /** Most touched since they are new: what no model of the time before can know. */
  readonly popularitySoFar: number;
  /** Cosines of the words of titles (TF-IDF). */
  readonly titles: number;
  /** The content family by each source alone that says something, and by all of them together. */
  readonly alone: Readonly<Partial<Record<ExplanationSource, number>>>;
  readonly fused: number;
  /** How far the fusion is above the words of titles. */
  readonly fusedAboveTitles: Gain;
  /** The same, where all items of the shop are candidates. */
  readonly amongAll: { readonly popularity: number; readonly fused: number };
}

/** Items with nothing but what one source says of them. */
const ONLY: Readonly<Record<ExplanationSource, (item: CatalogItem) => Partial<CatalogItem>>> = {
  text: ({ title }) => (title === undefined ? {} : { title }),
  image: () => ({}),
  category: ({ categories }) => (categories.length === 0 ? {} : { categories }),
  price: ({ price }) => (price === undefined ? {} : { price }),
  behaviour: () => ({}),
};

const onlySource = (source: ExplanationSource, { catalog, vectors }: NewItemsOptions) => {
  let says = source === 'behaviour';
  const items = catalog.map((item): CatalogItem => {
    const facts = ONLY[source](item);
    says ||= Object.keys(facts).length > 0;
    return { id: item.id, categories: [], available: true, ...facts };
  });
  const ofSource = new Map<string, ItemVector>();
  for (const [id, { text, image }] of vectors.byItem) {
    if (source === 'text' && text !== undefined) ofSource.set(id, { text });
    if (source === 'image' && image !== undefined) ofSource.set(id, { image });
  }
  return says || ofSource.size > 0 ? { catalog: items, vectors: { ...vectors, byItem: ofSource } } : undefined;
};

/** Asks the content family, and what it has to be better than, for items that nobody had touched when they were made. */
export const evaluateNewItems = async (log: InteractionLog, options: NewItemsOptions): Promise<NewItemsReport> => {
  const { tenant, from, seed, onNext } = options;
  const stopping = options.signal === undefined ? {} : { signal: options.signal };
  const asked = newItems(log, from);
  const interactions = earlierPart(log, from);
  const train = async (
    family: FamilyName,
    known: Pick<NewItemsOptions, 'catalog' | 'vectors'>,
  ): Promise<Uint8Array> => {
    const { model } = await trainModel({ tenant, family, interactions, ...known, seed, ...stopping });
    return model.toBuffer();
  };
  const recalls = async (model: Uint8Array, among: 'new' | 'all'): Promise<readonly number[]> =>
    newItemRecalls(asked, await modelLists(model, log, asked, { tenant, among, ...stopping }), options.cutoff);
  const recall = async (model: Uint8Array, among: 'new' | 'all'): Promise<number> => mean(await recalls(model, among));

  const alone: Partial<Record<ExplanationSource, number>> = {};
  for (const source of EXPLANATION_SOURCES) {
    const known = onlySource(source, options);
    if (known === undefined) continue;
    onNext?.(`${source} alone`);
    alone[source] = await recall(await train('content', known), 'new');
  }
  onNext?.('all sources');
  const fused = await train('content', options);
  const popular = await train('popular', options);
  const ofFused = await recalls(fused, 'new');
  const ofTitles = titleRecalls(log, asked, options);
  const compared = asked.questions.map(({ subject }, place) => ({
    subject,
    ours: ofFused[place] as number,
    theirs: ofTitles[place] as number,
  }));
  return {
    items: asked.items.length,
    questions: asked.questions.length,
    popularity: await recall(popular, 'new'),
    popularitySoFar: mean(
      newItemRecalls(
        asked,
        asked.questions.map((question) => rankedNewItems(asked, question, question.soFar)),
        options.cutoff,
      ),
    ),
    titles: mean(ofTitles),
    alone,
    fused: mean(ofFused),
    fusedAboveTitles: gainOf(compared, seed),
    amongAll: { popularity: await recall(popular, 'all'), fused: await recall(fused, 'all') },
  };
};

type TitleOptions = Pick<NewItemsOptions, 'catalog' | 'from' | 'titleHalfLifeMs' | 'cutoff'>;

/** What the new items whose titles have most of the words of the history's reach (TF-IDF). */
export const titleRecall = (log: InteractionLog, options: TitleOptions): number =>
  mean(titleRecalls(log, newItems(log, options.from), options));

const titleRecalls = (
  log: InteractionLog,
  asked: NewItems,
  { catalog, from, titleHalfLifeMs, cutoff }: TitleOptions,
): readonly number[] => {
  const titles = new Map(catalog.map(({ id, title }) => [id as string, title ?? '']));
  const nearness = new TitleNearness(
    log.itemIds.map((id) => titles.get(id) ?? ''),
    new Set(log.items.subarray(0, from)),
  );
  const lists = asked.questions.map((question) => {
    const newest = log.times[question.history.at(-1) ?? 0] as number;
    const touched = question.history.map((position) => ({
      item: log.items[position] as number,
      weight: 2 ** (((log.times[position] as number) - newest) / titleHalfLifeMs),
    }));
    return rankedNewItems(asked, question, nearness.nearness(touched, asked.items));
  });
  return newItemRecalls(asked, lists, cutoff);
};

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
