import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_TOPIC_NAMING, topicOnBroker, type TopicName } from '@offerstream/contracts';
import { waitUntil } from '@offerstream/infra';
import { createKafka, type Kafka } from '@offerstream/kafka';
import type { HitRate, PrequentialReport } from '@offerstream/learning';
import { referenceData, skipUnless } from '@offerstream/testing';
import { recordsOn } from './records-on.js';
import { LinePlace, type RunningProgram } from './started-line.js';

const TENANT = 'retailrocket';
/** The last 30 % of the recorded events by time. */
const REPLAYED = 29_215;
/** Offers on their topic when the replay is interrupted. */
const IN_THE_MIDDLE = 12_000;
/** What the replay may have sent without having read the collector's answer: 4 batches of 100. */
const UNDER_WAY = 400;
/** Starting, training and replaying on a machine that does other things, too. */
const TIMEOUT_MS = 900_000;

interface Tally {
  readonly count: number;
}

/** What is read here of what `npm run replay -- --json FILE` writes. */
interface Report {
  readonly events: {
    readonly replayed: number;
    readonly refused: Tally;
    readonly accepted: number;
    readonly applied: number;
    readonly failed: Tally;
    readonly dropped: Tally;
    readonly withOffer: number;
  };
  readonly hitRateAt10: PrequentialReport;
}

const folder = referenceData();
const there = skipUnless(folder !== undefined, 'OFFERSTREAM_REFERENCE_DATA names no folder of recorded data');

there('RetailRocket through the running line, interrupted in the middle and gone on with', () => {
  let place: LinePlace;
  let kafka: Kafka;
  let report: Report;

  const written = (topic: TopicName): Promise<number> => recordsOn(kafka, topicOnBroker(topic, DEFAULT_TOPIC_NAMING));

  const expectSuccess = async (program: RunningProgram): Promise<void> => {
    const [exitCode] = await program.exited;
    if (exitCode !== 0) throw new Error(program.stderr);
  };

  beforeAll(async () => {
    place = await LinePlace.choose();
    const { addresses } = await place.untilReady(place.start('--no-shoppers'));
    kafka = createKafka({ brokers: addresses.kafka.split(','), clientId: 'e2e', naming: DEFAULT_TOPIC_NAMING });
    const shop = [
      ...['--events', join(folder ?? '', 'retailrocket_mb', 'events.csv.gz'), '--mapping', 'retailrocket'],
      ...['--train-fraction', '0.7', '--tenant', TENANT],
    ];
    await expectSuccess(place.run('train', ...shop));

    const file = join(place.dataDir, 'report.json');
    const replay = () => place.run('replay', ...shop, '--max', '--json', file);
    const first = replay();
    const isInTheMiddle = async () => first.child.exitCode !== null || (await written('offers')) >= IN_THE_MIDDLE;
    await waitUntil(isInTheMiddle, { timeoutMs: TIMEOUT_MS, everyMs: 250 });
    first.child.kill('SIGINT');
    expect([await first.exited, first.stdout]).toEqual([[130, null], '']);
    expect(first.stderr).toContain('The same command goes on from here');
    await expect(readFile(file)).rejects.toMatchObject({ code: 'ENOENT' });

    await expectSuccess(replay());
    report = JSON.parse(await readFile(file, 'utf8')) as Report;
  }, TIMEOUT_MS);
  afterAll(() => place.leave(), TIMEOUT_MS);

  it('counts every event once, and sends none again of which it knows that it was taken', async () => {
    const { replayed, accepted, refused, applied, failed, dropped } = report.events;
    expect(replayed).toBe(REPLAYED);
    expect(accepted + refused.count).toBe(replayed);
    expect(applied + failed.count + dropped.count).toBe(accepted);
    expect((await written('clickstream')) - REPLAYED).toBeLessThanOrEqual(UNDER_WAY);
  });

  it('has an offer for every event', () => {
    expect(report.events.withOffer).toBe(REPLAYED);
  });

  it.each<[string, keyof PrequentialReport, number]>([
    ['with repeats allowed', 'repeatsAllowed', 0.2],
    ['on new items only', 'newItemsOnly', 0.028],
  ])('foretells what shoppers touch next, %s', (_, measure, floor) => {
    const { served, popularity, lastItemNeighbours }: HitRate = report.hitRateAt10[measure];
    expect(served).toBeGreaterThanOrEqual(floor);
    expect(served).toBeGreaterThan(popularity);
    expect(served).toBeGreaterThan(lastItemNeighbours);
  });
});
