import { topicOnBroker } from '@offerstream/contracts';
import { endOffsets, isTopicMissing, type Kafka } from '@offerstream/kafka';
import { bucketsOf, type Buckets } from './latency.js';
import { newItemsOf, type NewItems } from './new-items.js';
import { parseSamples, valueOf, type Sample } from './prometheus-text.js';

export interface EventOutcomes {
  readonly applied: number;
  /** By reason. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly failed: Readonly<Record<string, number>>;
}

export interface Hits {
  /** Events that the lists were asked about. */
  readonly judged: number;
  /** Share of them whose item was among the first 10, 0 to 1. */
  readonly offer: number;
  readonly popularity: number;
}

/** What a line has done, ever, and how it does just now. */
export interface Figures {
  readonly events: EventOutcomes;
  readonly offers: number;
  /** Events that are not yet done. */
  readonly lag: number;
  readonly latency: Buckets;
  /** Undefined without simulated shoppers. */
  readonly hits: Hits | undefined;
  /** Undefined where the assortment stays as it is. */
  readonly newItems: NewItems | undefined;
}

const TIMEOUT_MS = 2_000;

/**
 * Reads the figures of a line from its services and its topics.
 *
 * @param admin URLs by service
 * @throws when the personalizer or Kafka does not answer
 */
export const readFigures = async (admin: Readonly<Record<string, string>>, kafka: Kafka): Promise<Figures> => {
  const [personalizer, shoppers, assortment, offers] = await Promise.all([
    samplesFrom(admin['personalizer'] ?? ''),
    samplesIfThere(admin['shoppers']),
    samplesIfThere(admin['assortment']),
    offersEver(kafka),
  ]);
  return {
    events: outcomesOf(personalizer),
    offers,
    lag: valueOf(personalizer, 'personalizer_lag_records') ?? 0,
    latency: bucketsOf(personalizer, 'personalizer_event_to_published_seconds'),
    hits: hitsOf(shoppers),
    newItems: newItemsOf(assortment),
  };
};

export const countOf = ({ applied, dropped, failed }: EventOutcomes): number => applied + sum(dropped) + sum(failed);

export const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

const samplesFrom = async (url: string): Promise<readonly Sample[]> => {
  const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  return parseSamples(await response.text());
};

const samplesIfThere = async (url: string | undefined): Promise<readonly Sample[]> =>
  url === undefined ? [] : samplesFrom(url).catch(() => []);

/** A topic's end offsets count all that was ever written to it, whatever retention has deleted since. */
const offersEver = async (kafka: Kafka): Promise<number> => {
  try {
    const ends = await endOffsets(kafka, topicOnBroker('offers', kafka.connection.naming));
    return [...ends.values()].reduce((total, end) => total + end, 0);
  } catch (error) {
    if (isTopicMissing(error)) return 0;
    throw error;
  }
};

const outcomesOf = (samples: readonly Sample[]): EventOutcomes => {
  const ever = samples.filter(({ name }) => name === 'personalizer_events_ever');
  const byReason = (outcome: string): Readonly<Record<string, number>> =>
    Object.fromEntries(
      ever
        .filter(({ labels }) => labels['outcome'] === outcome)
        .map(({ labels, value }) => [labels['reason'] ?? '', value]),
    );
  return {
    applied: valueOf(ever, 'personalizer_events_ever', { outcome: 'applied' }) ?? 0,
    dropped: byReason('dropped'),
    failed: byReason('failed'),
  };
};

const hitsOf = (samples: readonly Sample[]): Hits | undefined => {
  const judged = valueOf(samples, 'shoppers_judged_events');
  if (judged === undefined) return undefined;
  const rate = (list: string): number => valueOf(samples, 'shoppers_hit_rate', { list }) ?? 0;
  return { judged, offer: rate('offer'), popularity: rate('popularity') };
};
