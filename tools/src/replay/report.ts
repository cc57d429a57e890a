import { createPrequential, type PrequentialEvent, type PrequentialReport } from '@offerstream/learning';
import type { HistoryEvent, UnreadableLine } from '../events/history.js';
import type { Outcomes } from './outcomes.js';

/** What a replay has shown; contents of `--json`. */
export interface ReplayReport {
  readonly tenant: string;
  readonly placement: string;
  readonly files: readonly string[];
  readonly trainFraction: number;
  readonly rows: {
    readonly unreadable: number;
    readonly firstUnreadable: readonly UnreadableLine[];
    readonly skipped: Readonly<Record<string, number>>;
  };
  readonly events: {
    /** Earlier events, which a model may have learned from and which were not sent. */
    readonly training: number;
    /** Events that were sent: `refused` by the collector, or `accepted`, and then `applied`, `failed` or `dropped`. */
    readonly replayed: number;
    readonly refused: Tally;
    readonly accepted: number;
    readonly applied: number;
    readonly failed: Tally;
    readonly dropped: Tally;
    /** Of the applied ones, those that have an offer of their own. */
    readonly withOffer: number;
  };
  readonly eventsPerSecond: number;
  /** From the sending of an event to the reading of its offer, of events that were sent and answered in one run. */
  readonly latencyMs: { readonly events: number; readonly p50: number; readonly p90: number; readonly p99: number };
  readonly hitRateAt10: PrequentialReport;
}

export interface Tally {
  readonly count: number;
  readonly reasons: Readonly<Record<string, number>>;
}

export interface ReplayFacts extends Pick<ReplayReport, 'tenant' | 'placement' | 'files' | 'trainFraction' | 'rows'> {
  readonly training: readonly HistoryEvent[];
  readonly replayed: readonly HistoryEvent[];
  readonly outcomes: Outcomes;
}

export const replayReport = ({ training, replayed, outcomes, ...input }: ReplayFacts): ReplayReport => {
  const { fates } = outcomes;
  const count = (kind: string): number => fates.filter((fate) => fate?.kind === kind).length;
  const tally = (kind: 'failed' | 'dropped' | 'refused'): Tally => {
    const reasons: Record<string, number> = {};
    for (const fate of fates) if (fate?.kind === kind) reasons[fate.reason] = (reasons[fate.reason] ?? 0) + 1;
    return { count: count(kind), reasons };
  };
  const withOffer = count('offer');
  return {
    ...input,
    events: {
      training: training.length,
      replayed: replayed.length,
      refused: tally('refused'),
      accepted: outcomes.acceptedCount,
      applied: withOffer + count('applied'),
      failed: tally('failed'),
      dropped: tally('dropped'),
      withOffer,
    },
    eventsPerSecond: outcomes.activeMs === 0 ? 0 : round((outcomes.acceptedCount * 1000) / outcomes.activeMs, 1),
    latencyMs: latencies(outcomes),
    hitRateAt10: hitRates(training, replayed, outcomes),
  };
};

const latencies = ({ fates }: Outcomes): ReplayReport['latencyMs'] => {
  const known = fates.flatMap((fate) =>
    fate?.kind === 'offer' && fate.latencyMs !== undefined ? [fate.latencyMs] : [],
  );
  known.sort((a, b) => a - b);
  // Nearest rank.
  const quantile = (share: number): number => known[Math.max(0, Math.ceil(known.length * share) - 1)] ?? 0;
  return { events: known.length, p50: quantile(0.5), p90: quantile(0.9), p99: quantile(0.99) };
};

/** An event is looked for in the offer that the shopper's previous event caused; an event on no item is none here. */
const hitRates = (
  training: readonly HistoryEvent[],
  replayed: readonly HistoryEvent[],
  { fates }: Outcomes,
): PrequentialReport => {
  const prequential = createPrequential(prequentialEvents(training));
  const served = new Map<string, readonly string[]>();
  for (const [index, event] of replayed.entries()) {
    if (event.interactions.length === 0) continue;
    prequential.observe(prequentialEvent(event), served.get(event.subject));
    const fate = fates[index];
    served.set(event.subject, fate?.kind === 'offer' ? fate.items : []);
  }
  return prequential.report();
};

const prequentialEvent = ({ subject, interactions }: HistoryEvent): PrequentialEvent => ({
  subject,
  items: [...new Set(interactions.map(({ item }) => item as string))],
});

function* prequentialEvents(events: readonly HistoryEvent[]): Generator<PrequentialEvent> {
  for (const event of events) if (event.interactions.length > 0) yield prequentialEvent(event);
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

/** The report for people. */
export const reportText = (report: ReplayReport): string => {
  const { events, latencyMs, hitRateAt10 } = report;
  const { repeatsAllowed, newItemsOnly } = hitRateAt10;
  const row = (label: string, of: 'served' | 'popularity' | 'lastItemNeighbours'): string =>
    `  ${label.padEnd(30)}${repeatsAllowed[of].toFixed(4).padStart(16)}${newItemsOnly[of].toFixed(4).padStart(16)}`;
  return [
    `Replayed ${events.replayed} events of tenant ${report.tenant} (${events.training} earlier ones were not sent).`,
    '',
    `  accepted ${events.accepted} = applied ${events.applied} + failed ${withReasons(events.failed)} + dropped ${withReasons(events.dropped)}`,
    ...(events.refused.count === 0 ? [] : [`  refused by the collector ${withReasons(events.refused)}`]),
    ...(events.withOffer === events.applied
      ? []
      : [`  ${events.withOffer} of the applied ones have an offer of their own`]),
    `  ${report.eventsPerSecond} events/s`,
    `  event → offer: p50 ${latencyMs.p50} ms, p90 ${latencyMs.p90} ms, p99 ${latencyMs.p99} ms (${latencyMs.events} events)`,
    '',
    `  ${'hit rate in the first 10'.padEnd(30)}${'repeats allowed'.padStart(16)}${'new items only'.padStart(16)}`,
    row(`what the line served (${report.placement})`, 'served'),
    row('popularity', 'popularity'),
    row('neighbours of the last item', 'lastItemNeighbours'),
    `  ${'events with an earlier one'.padEnd(30)}${String(repeatsAllowed.events).padStart(16)}${String(newItemsOnly.events).padStart(16)}`,
    ...sentBefore(report),
    '',
  ].join('\n');
};

/** What these shoppers' profiles know already is no test of what the line can tell. */
const sentBefore = ({ events }: ReplayReport): readonly string[] => {
  const again = events.dropped.reasons['duplicate'] ?? 0;
  if (again === 0) return [];
  return [
    '',
    `  ${again} events were known to the line from before, so the hit rate of what it served says nothing.`,
    '  Replay into a tenant of its own, or on a fresh data folder.',
  ];
};

const withReasons = ({ count, reasons }: Tally): string => {
  const parts = Object.entries(reasons).map(([reason, times]) => `${reason} ${times}`);
  return parts.length === 0 ? String(count) : `${count} (${parts.join(', ')})`;
};
