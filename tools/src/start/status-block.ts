import type { RunState } from '../run-state.js';
import type { Step } from '../assortment/assortment-metrics.js';
import type { SourceShare } from '../assortment/source-shares.js';
import type { NewItems } from './new-items.js';
import type { Summary } from './recent-figures.js';

const number = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const percent = new Intl.NumberFormat('en-US', {
  style: 'percent',
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

const wholePercent = new Intl.NumberFormat('en-US', { style: 'percent' });

/** The summary in one line, for logs. */
export const summaryLine = (summary: Summary): string =>
  [
    `events in ${number.format(summary.eventsIn)} (${number.format(summary.eventsPerSecond)}/s)`,
    ...(summary.failed > 0 ? [`failed ${number.format(summary.failed)}`] : []),
    `offers out ${number.format(summary.offersOut)} (${number.format(summary.offersPerSecond)}/s)`,
    `event→offer ${latency(summary)}`,
    ...(summary.hits === undefined ? [] : [`hit rate ${hits(summary.hits)}`]),
    ...(summary.newItems === undefined ? [] : [`new items ${newItems(summary.newItems)}`]),
    `lag ${number.format(summary.lag)}`,
  ].join(' · ');

/** The summary and how to try the line, for a screen. */
export const statusBlock = (
  state: RunState,
  summary: Summary,
  { notices, stopping }: { readonly notices: readonly string[]; readonly stopping: boolean },
): string => {
  const { addresses, demo } = state;
  const rows: readonly (readonly [string, string])[] = [
    ['events in', `${count(summary.eventsIn, summary.eventsPerSecond)}${failed(summary.failed)}`],
    ['offers out', count(summary.offersOut, summary.offersPerSecond)],
    ['event → offer', `${latency(summary)} in the last minute`],
    ...(summary.hits === undefined ? [] : [['hit rate', hits(summary.hits)] as const]),
    ...(summary.newItems === undefined ? [] : newItemRows(summary.newItems)),
    ['lag', number.format(summary.lag)],
  ];
  return [
    `Offerstream since ${state.startedAt.slice(11, 19)} UTC`,
    '',
    ...rows.map(([name, value]) => `  ${name.padEnd(15)}${value}`),
    '',
    `  ${'collector'.padEnd(15)}${addresses.collector}`,
    `  ${'gateway'.padEnd(15)}${addresses.gateway} (its API: /docs)`,
    `  ${'control'.padEnd(15)}${addresses.control}`,
    `  ${'inference'.padEnd(15)}${addresses.inference} (gRPC)`,
    `  ${'kafka'.padEnd(15)}${addresses.kafka}`,
    '',
    '  Send an event, and see the offer that follows:',
    ...tryIt(addresses, demo).map((line) => `  ${line}`),
    '  npm run offers -- --subject anna --placement home',
    '',
    ...notices.map((notice) => `  ${notice}`),
    stopping
      ? '  Stopping in order; Ctrl-C again kills what still runs.'
      : '  Ctrl-C stops everything; the next start goes on from here.',
  ].join('\n');
};

/**
 * For a shell: anna looks at an item, and what she is offered then. Broken into lines that fit a narrow terminal, where a longer one
 * could not be copied.
 */
export const tryIt = (
  { collector, gateway }: RunState['addresses'],
  { writeKey, apiKey, items }: RunState['demo'],
): readonly string[] => [
  `curl -u ${writeKey}: ${collector}/v1/track \\`,
  "  -H 'content-type: application/json' \\",
  `  -d '{"userId":"anna","event":"Product Viewed",`,
  `       "properties":{"product_id":"${items[0] ?? ''}"}}'`,
  ...(apiKey === null
    ? []
    : [`curl '${gateway}/v1/offers/anna?placement=home' \\`, '  --oauth2-bearer \\', `  ${apiKey}`]),
];

const count = (total: number, perSecond: number): string =>
  `${number.format(total).padStart(11)}${`${number.format(perSecond)}/s`.padStart(8)}`;

const failed = (events: number): string => (events === 0 ? '' : `   ${number.format(events)} failed: npm run failed`);

const latency = ({ latencyMs }: Summary): string =>
  latencyMs === undefined
    ? 'nothing yet'
    : `p50 ${number.format(latencyMs.p50)} ms, p99 ${number.format(latencyMs.p99)} ms`;

const hits = ({ judged, offer, popularity }: NonNullable<Summary['hits']>): string =>
  judged === 0
    ? 'nothing yet'
    : `${percent.format(offer)} in the first 10 offered, popularity ${percent.format(popularity)} (${number.format(judged)} events)`;

const newItemRows = (items: NewItems): readonly (readonly [string, string])[] => {
  const { example } = items;
  return [
    ['new items', newItems(items)],
    ...(example === undefined
      ? []
      : ([
          ['', example.title],
          ['', `to ${example.subject}: ${example.shares.slice(0, SHOWN_SOURCES).map(sourceText).join(', ')}`],
        ] as const)),
  ];
};

const SHOWN_SOURCES = 3;

const BEFORE_OPEN: Readonly<Record<Exclude<Step, 'open'>, string>> = {
  pictures: 'learning what is on the pictures of its items',
  vectors: 'looking at the pictures of its items',
  content: 'learning what its items are like',
};

const newItems = ({ step, came, offered, medianSeconds }: NewItems): string => {
  if (step !== undefined && step !== 'open') return BEFORE_OPEN[step];
  if (medianSeconds === undefined) return `${number.format(came)} came, none offered yet`;
  return `${number.format(offered)} of ${number.format(came)} offered, ${medianSeconds.toFixed(1)} s after they came`;
};

const sourceText = ({ source, share }: SourceShare): string =>
  `${source === 'image' ? 'picture' : source} ${wholePercent.format(share)}`;
