import { writeFile } from 'node:fs/promises';
import { EXPLANATION_SOURCES, type CatalogItem, type TenantId } from '@offerstream/contracts';
import { createDemoShop, interactionsOf as pastInteractions, type DemoShop } from '@offerstream/demo-shop';
import {
  earlierPart,
  evaluateNewItems,
  interactionLog,
  NEW_ITEMS_CUTOFF,
  titleRecall,
  type InteractionLog,
  type ItemVectors,
  type NewItemsOptions,
  type NewItemsReport,
} from '@offerstream/learning';
import { HANDCRAFTED_SIZE, handcraftedFeatures } from '@offerstream/vision';
import type { Command } from 'commander';
import { readRecorded } from '../events/read-recorded.js';
import { tellWhatWasLeftOut } from '../events/tell-left-out.js';
import { Line } from '../line/line.js';
import { command, eventsOption, mappingOption, numberBetween, tenantOption } from '../line/program.js';
import { withTextVectors } from '../train/text-vectors.js';
import { interactionsOf } from '../train/train-tenant.js';

interface Options {
  readonly data: string;
  readonly events?: readonly string[];
  readonly mapping?: string;
  readonly shops?: number;
  readonly from?: number;
  readonly to?: number;
  readonly tenant: TenantId;
  readonly json?: string;
}

/** Models learn from the events before; items that are first touched in the part up to the second are for validation, later ones the test. */
const CUTS = { validation: 0.5, test: 0.7 } as const;
const DAY_MS = 86_400_000;
const TITLE_HALF_LIVES_MS = [1, 7, 30, 90, 365, 36_500].map((days) => days * DAY_MS);
const SEED = 1;

/** `evaluate content`: whether items that nobody has touched are offered to whom they suit. */
export const contentCommand = (signal: AbortSignal): Command =>
  command(
    'content',
    'Measures how well the content family offers items that are new, on recorded events or generated shops.',
  )
    .option(...eventsOption)
    .option(...mappingOption)
    .option('--shops <n>', 'generated shops instead, of so many seeds', numberBetween(1, 100))
    .option('--from <f>', 'one part of the events: models learn from the share before', numberBetween(0, 1))
    .option('--to <f>', 'and are asked up to this share, by time', numberBetween(0, 1))
    .option(...tenantOption)
    .option('--json <file>', 'write the figures there, too')
    .action(async (options: Options, program: Command) => {
      const { events, shops, from, to, json } = options;
      if ((events === undefined) === (shops === undefined)) program.error('error: give either --events or --shops');
      if ((from === undefined) !== (to === undefined) || (from ?? 0) >= (to ?? 1)) {
        program.error('error: give both --from and --to, the earlier share first, or neither');
      }
      if (shops !== undefined && from !== undefined) program.error('error: --from and --to are for --events');
      const reports = events === undefined ? await onShops(options, signal) : await onEvents(options, events, signal);
      process.stdout.write(`${reportText(reports, events === undefined ? SHOP_CUTOFF : NEW_ITEMS_CUTOFF)}\n`);
      if (json !== undefined) await writeFile(json, `${JSON.stringify(reports, null, 2)}\n`);
    });

const NO_VECTORS: ItemVectors = { byItem: new Map(), encoders: {} };

type Reports = Readonly<Record<string, NewItemsReport>>;

const onEvents = async (
  { data, mapping, tenant, from, to }: Options,
  files: readonly string[],
  signal: AbortSignal,
): Promise<Reports> => {
  const history = await readRecorded({ files, mapping, signal, onProgress: () => undefined });
  tellWhatWasLeftOut(history);
  const log = interactionLog(interactionsOf(history.events));
  const catalog = [...history.items.values()];
  const { repository } = new Line(data);
  const vectors = await withTextVectors(NO_VECTORS, catalog, { repository, tenant, signal });
  const at = (share: number): number => Math.floor(log.items.length * share);
  const part = (start: number, end: number): Part => ({ log: earlierPart(log, at(end)), from: at(start) });
  const evaluated = (name: string, of: Part, titleHalfLifeMs: number): Promise<NewItemsReport> =>
    evaluateNewItems(of.log, {
      tenant,
      catalog,
      vectors,
      titleHalfLifeMs,
      seed: SEED,
      signal,
      from: of.from,
      ...told(name),
    });

  if (from !== undefined && to !== undefined) {
    const [name, asked] = [`${share(from)} to ${share(to)}`, part(from, to)];
    // Words at their best: the half-life is the one that suits the very part that is asked about.
    return { [name]: await evaluated(name, asked, bestTitleHalfLife(asked, catalog)) };
  }
  const validation = part(CUTS.validation, CUTS.test);
  const titleHalfLifeMs = bestTitleHalfLife(validation, catalog);
  return {
    validation: await evaluated('validation', validation, titleHalfLifeMs),
    test: await evaluated('test', part(CUTS.test, 1), titleHalfLifeMs),
  };
};

/** Models learn from what is before a position of a log and are asked about the rest. */
interface Part {
  readonly log: InteractionLog;
  readonly from: number;
}

const bestTitleHalfLife = ({ log, from }: Part, catalog: readonly CatalogItem[]): number => {
  const ofTitles = TITLE_HALF_LIVES_MS.map((titleHalfLifeMs) => ({
    titleHalfLifeMs,
    recall: titleRecall(log, { from, catalog, titleHalfLifeMs }),
  }));
  return ofTitles.reduce((a, b) => (b.recall > a.recall ? b : a)).titleHalfLifeMs;
};

const share = (of: number): string => `${Math.round(100 * of)} %`;

const told = (part: string): Pick<NewItemsOptions, 'onNext'> => ({
  onNext: (what) => process.stderr.write(`${part}: ${what}\n`),
});

const HIDDEN_SHARE = 5;
/** Each category of a shop has eight new items: twenty places would hold all of the right one. */
const SHOP_CUTOFF = 5;

/** Every fifth item of a shop is new: nothing that was done with it before the cut is known. */
const onShops = async ({ data, shops = 1, tenant }: Options, signal: AbortSignal): Promise<Reports> => {
  const reports: Record<string, NewItemsReport> = {};
  for (let seed = 1; seed <= shops; seed++) {
    const shop = createDemoShop(seed);
    const { log, from } = withNewItems(shop);
    const pictures = pictureVectors(shop);
    const vectors = await withTextVectors(pictures, shop.catalog, {
      repository: new Line(data).repository,
      tenant,
      signal,
    });
    reports[`shop ${seed}`] = await evaluateNewItems(log, {
      tenant,
      from,
      catalog: shop.catalog,
      vectors,
      seed: SEED,
      titleHalfLifeMs: DAY_MS,
      cutoff: SHOP_CUTOFF,
      signal,
      ...told(`shop ${seed}`),
    });
  }
  return reports;
};

const withNewItems = (shop: DemoShop): { readonly log: InteractionLog; readonly from: number } => {
  const past = [...pastInteractions(shop.history(Date.UTC(2026, 0, 1)))];
  const hidden = new Set(shop.catalog.filter((_, place) => place % HIDDEN_SHARE === 0).map(({ id }) => id as string));
  const at = Math.floor(past.length * CUTS.test);
  const before = past.slice(0, at).filter(({ item }) => !hidden.has(item));
  return { log: interactionLog([...before, ...past.slice(at)]), from: before.length };
};

const pictureVectors = (shop: DemoShop): ItemVectors => ({
  ...NO_VECTORS,
  byItem: new Map(
    shop.catalog.flatMap(({ id }) => {
      const picture = shop.picture(id, { side: HANDCRAFTED_SIZE.width });
      return picture === undefined ? [] : [[id, { image: handcraftedFeatures(picture) }]];
    }),
  ),
});

/** Holds an interval. */
const COLUMN = 22;

const reportText = (reports: Reports, cutoff: number): string => {
  const rows: readonly (readonly [string, (report: NewItemsReport) => number | undefined])[] = [
    ['popularity before', ({ popularity }) => popularity],
    ['popularity so far (not known to models)', ({ popularitySoFar }) => popularitySoFar],
    ['words of titles (TF-IDF)', ({ titles }) => titles],
    ...EXPLANATION_SOURCES.map(
      (source) => [`content by ${source} alone`, ({ alone }: NewItemsReport) => alone[source]] as const,
    ),
    ['content, fused', ({ fused }) => fused],
    ['among all items: popularity', ({ amongAll }) => amongAll.popularity],
    ['among all items: content, fused', ({ amongAll }) => amongAll.fused],
  ];
  const columns = Object.entries(reports);
  const line = (label: string, cells: readonly string[]): string =>
    label.padEnd(42) + cells.map((cell) => cell.padStart(COLUMN)).join('');
  return [
    `Recall@${cutoff} of items that are new since the model was made`,
    line(
      '',
      columns.map(([name]) => name),
    ),
    line(
      'new items',
      columns.map(([, { items }]) => String(items)),
    ),
    line(
      'moments that shoppers touched some',
      columns.map(([, { questions }]) => String(questions)),
    ),
    ...rows.map(([label, of]) =>
      line(
        label,
        columns.map(([, report]) => of(report)?.toFixed(4) ?? '–'),
      ),
    ),
    line(
      'fused above TF-IDF',
      columns.map(([, { fusedAboveTitles }]) => percent(fusedAboveTitles.gain)),
    ),
    line(
      '  95 % interval over shoppers',
      columns.map(([, { fusedAboveTitles }]) => fusedAboveTitles.interval.map(percent).join(' … ')),
    ),
  ].join('\n');
};

const percent = (share: number): string => `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(1)} %`;
