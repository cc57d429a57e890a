import { itemHash } from '@offerstream/contracts';
import { endOffsets, homePartition, readAll, type ProducerRecord, type RawRecord } from '@offerstream/kafka';
import { kafkaBrokers } from '@offerstream/testing';
import { clickstreamRecord, shoppersNamed, viewCall } from './events.js';
import { itemId, ITEMS, Line, TENANT } from './line.js';
import { differingProfiles, keyOf, storedCounts, withStore } from './stored-profiles.js';
import { SupervisedPersonalizer } from './supervised-personalizer.js';

/** Header by which the test knows a record again wherever it ends up. */
const CASE = 'test-case';
const GOOD_SHOPPERS = 100;
const GOOD_EVENTS = 20;
const PARTITIONS = 12;

type Changes = Partial<Omit<ProducerRecord, 'topic' | 'headers'>> & {
  readonly headers?: Readonly<Record<string, string>>;
};
/** What the record gets: a place on clickstream-failed with this reason, or it is applied. */
type Gets = { readonly failed: string } | { readonly applied: 'as it says' | 'in 1970' | 'at its receipt' };

interface Malformed {
  readonly name: string;
  readonly count: number;
  readonly gets: Gets;
  /** Its way home leaves a second record on the topic. */
  readonly sentHome?: true;
  readonly make: (call: Readonly<Record<string, unknown>>, shopper: string) => Changes;
}

const json = (value: unknown): Changes => ({ value: JSON.stringify(value) });
const bytes = (call: unknown, encoding: BufferEncoding): Changes => ({
  value: Buffer.from(JSON.stringify(call), encoding),
});

const MALFORMED: readonly Malformed[] = [
  {
    name: 'broken JSON',
    count: 120,
    gets: { failed: 'undecodable' },
    make: (call) => ({ value: JSON.stringify(call).slice(0, -3) }),
  },
  {
    name: 'two JSON values',
    count: 40,
    gets: { failed: 'undecodable' },
    make: (call) => ({ value: JSON.stringify(call) + JSON.stringify(call) }),
  },
  {
    name: 'binary',
    count: 100,
    gets: { failed: 'undecodable' },
    make: () => ({ value: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0xff, 0xfe, 0]) }),
  },
  { name: 'UTF-16', count: 80, gets: { failed: 'undecodable' }, make: (call) => bytes(call, 'utf16le') },
  {
    name: 'Latin-1',
    count: 80,
    gets: { failed: 'undecodable' },
    make: (call) => bytes({ ...call, title: 'Schürze' }, 'latin1'),
  },
  {
    name: 'a byte order mark',
    count: 40,
    gets: { failed: 'undecodable' },
    make: (call) => ({ value: `\ufeff${JSON.stringify(call)}` }),
  },
  { name: 'no value', count: 100, gets: { failed: 'no-value' }, make: () => ({ value: null }) },
  { name: 'an empty value', count: 40, gets: { failed: 'no-value' }, make: () => ({ value: Buffer.alloc(0) }) },
  {
    name: '5 MB',
    count: 6,
    gets: { failed: 'too-large' },
    make: (call) => json({ ...call, padding: 'x'.repeat(5_000_000) }),
  },
  {
    name: '40 KB',
    count: 60,
    gets: { failed: 'too-large' },
    make: (call) => json({ ...call, padding: 'x'.repeat(40_000) }),
  },
  { name: 'a list', count: 60, gets: { failed: 'invalid' }, make: (call) => json([call]) },
  {
    name: 'properties of the wrong type',
    count: 80,
    gets: { failed: 'invalid' },
    make: (call) => json({ ...call, properties: 'shoe' }),
  },
  {
    name: 'a product of the wrong type',
    count: 80,
    gets: { failed: 'invalid' },
    make: (call) => json({ ...call, properties: { product_id: { id: 1 } } }),
  },
  {
    name: 'a time of the wrong type',
    count: 80,
    gets: { failed: 'invalid' },
    make: (call) => json({ ...call, timestamp: 1_700_000_000 }),
  },
  {
    name: 'no such day',
    count: 60,
    gets: { failed: 'invalid' },
    make: (call) => json({ ...call, timestamp: '2026-02-30T10:00:00Z' }),
  },
  {
    name: 'a type that there is not',
    count: 60,
    gets: { failed: 'invalid' },
    make: (call) => json({ ...call, type: 'teleport' }),
  },
  {
    name: 'half a surrogate pair for a subject',
    count: 40,
    gets: { failed: 'invalid' },
    make: (call) => json({ ...call, userId: '\ud800' }),
  },
  {
    name: 'a subject of 201 bytes',
    count: 40,
    gets: { failed: 'invalid' },
    make: (call) => json({ ...call, userId: 'x'.repeat(201) }),
  },
  {
    name: 'no messageId anywhere',
    count: 40,
    gets: { failed: 'invalid' },
    make: (call) => ({ ...json({ ...call, messageId: undefined }), headers: { ce_id: '' } }),
  },
  {
    name: 'a messageId of 10 KB in the header',
    count: 20,
    gets: { failed: 'invalid' },
    make: (call) => ({ ...json({ ...call, messageId: undefined }), headers: { ce_id: 'x'.repeat(10_000) } }),
  },
  {
    name: 'no subject',
    count: 100,
    gets: { failed: 'no-subject' },
    make: (call) => json({ ...call, userId: undefined }),
  },
  {
    name: 'an unknown tenant',
    count: 100,
    gets: { failed: 'unknown-tenant' },
    make: (_, shopper) => ({ key: `nobody:${shopper}` }),
  },
  { name: 'no key', count: 60, gets: { failed: 'bad-key' }, make: () => ({ key: null }) },
  { name: 'a key without a tenant', count: 60, gets: { failed: 'bad-key' }, make: (_, shopper) => ({ key: shopper }) },
  {
    name: 'a record that makes a step throw',
    count: 2,
    gets: { failed: 'crash' },
    make: (call) => json({ ...call, event: 'boom' }),
  },
  {
    name: 'the year 1970',
    count: 120,
    gets: { applied: 'in 1970' },
    make: (call) => json({ ...call, timestamp: '1970-01-01T00:00:00.000Z' }),
  },
  {
    name: 'the year 9999',
    count: 120,
    gets: { applied: 'at its receipt' },
    make: (call) => json({ ...call, timestamp: '9999-12-31T23:59:59.999Z' }),
  },
  {
    name: 'the wrong partition',
    count: 120,
    gets: { applied: 'as it says' },
    sentHome: true,
    make: (_, shopper) => ({ partition: (homePartition(keyOf(shopper), PARTITIONS) + 5) % PARTITIONS }),
  },
  {
    name: 'a key of another subject',
    count: 52,
    gets: { applied: 'as it says' },
    sentHome: true,
    make: (_, shopper) => ({ key: `${TENANT}:not-${shopper}` }),
  },
  { name: 'a subject of control characters', count: 40, gets: { applied: 'as it says' }, make: () => ({}) },
];
const COUNT = MALFORMED.reduce((sum, { count }) => sum + count, 0);

const shopperOf = ({ name }: Malformed, n: number): string =>
  name === 'a subject of control characters' ? `\u0000\u0001\n${n}` : `${name.replace(/\W/g, '-')}-${n}`;

const malformedRecord = (line: Line, kind: Malformed, n: number): ProducerRecord => {
  const shopper = shopperOf(kind, n);
  const call = viewCall(shopper, n);
  const { headers, ...changes } = kind.make(call, shopper);
  return { ...clickstreamRecord(line, call, { [CASE]: `${kind.name}#${n}`, ...headers }), ...changes };
};

const caseOf = (record: RawRecord): string | undefined => record.headers[CASE]?.toString();

describe('malformed records among good ones', () => {
  let line: Line;
  beforeAll(async () => {
    line = await Line.prepare(await kafkaBrokers());
    await line.startInference();
  });
  afterAll(() => line.close());

  it('each get their place, all good ones are applied, and no partition is stuck', async () => {
    expect(COUNT).toBe(2_000);
    const shoppers = shoppersNamed('good', GOOD_SHOPPERS);
    const good = Array.from({ length: GOOD_EVENTS }, (_, n) =>
      shoppers.map((shopper) => clickstreamRecord(line, viewCall(shopper, n))),
    ).flat();
    const malformed = MALFORMED.flatMap((kind) =>
      Array.from({ length: kind.count }, (_, n) => malformedRecord(line, kind, n)),
    );
    // Good and malformed in turn, all kinds mixed; good records of a shopper keep their order.
    const mixed = malformed.map((record, index) => ({ record, place: (index * 7_919) % COUNT }));
    mixed.sort((one, other) => one.place - other.place);
    await line.producer.sendAll(mixed.flatMap(({ record }, index) => [good[index] as ProducerRecord, record]));

    // Small batches, since those over which the process died are taken record by record.
    const personalizer = new SupervisedPersonalizer(line, { FAULTS: 'event-boom=throw', BATCH_RECORDS: '64' });
    await line.untilDone(500_000);
    await personalizer.stop();

    const clickstream = await readAll(line.kafka, line.topic('clickstream'));
    const failed = await readAll(line.kafka, line.topic('clickstream-failed'));
    expect(await received(line, clickstream, failed)).toEqual(expected());
    for (const record of failed) expectAsItCame(record, clickstream);
    expect(
      await differingProfiles(
        line,
        clickstream.filter((record) => caseOf(record) === undefined),
      ),
    ).toEqual([]);

    const counts = await storedCounts(line);
    const total = (all: Readonly<Record<string, number>>) => Object.values(all).reduce((sum, each) => sum + each, 0);
    const ends = await endOffsets(line.kafka, line.topic('clickstream'));
    expect(counts.applied + total(counts.dropped) + total(counts.failed)).toBe(total(Object.fromEntries(ends)));
    expect(counts.failed).toEqual(countsByReason());
    expect(counts.dropped['sent-home']).toBe(
      MALFORMED.reduce((sum, kind) => sum + (kind.sentHome ? kind.count : 0), 0),
    );
    expect(counts.applied).toBe(
      good.length + MALFORMED.reduce((sum, { gets, count }) => sum + ('applied' in gets ? count : 0), 0),
    );
    // The process died over each of the two killers twice alone, and twice before anybody was suspected.
    expect([...new Set(personalizer.ends)]).toEqual([70]);
    expect(personalizer.ends.length).toBeGreaterThanOrEqual(6);
  }, 600_000);
});

const expected = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    MALFORMED.map(({ name, count, gets }) => [
      name,
      'failed' in gets ? `${count} failed: ${gets.failed}` : `${count} applied ${gets.applied}`,
    ]),
  );

const countsByReason = (): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { gets, count } of MALFORMED)
    if ('failed' in gets) counts[gets.failed] = (counts[gets.failed] ?? 0) + count;
  return counts;
};

/** What the records of each kind got, in words. */
const received = async (
  line: Line,
  clickstream: readonly RawRecord[],
  failed: readonly RawRecord[],
): Promise<Readonly<Record<string, string>>> => {
  const outcomes = new Map<string, Set<string>>();
  const note = (name: string, outcome: string): void => {
    outcomes.set(name, (outcomes.get(name) ?? new Set()).add(outcome));
  };
  // A crash between publishing and committing publishes a failure again; its origin tells that it is the same.
  for (const record of failed) note(String(caseOf(record)), `failed: ${String(record.headers['failed-reason'])}`);
  await withStore(line, async (store) => {
    for (const kind of MALFORMED) {
      const shoppers = Array.from({ length: kind.count }, (_, n) => shopperOf(kind, n));
      const profiles = await store.profiles(shoppers.map(keyOf));
      for (const [n, profile] of profiles.entries()) {
        if (profile === undefined) continue;
        const name = `${kind.name}#${n}`;
        const [first] = profile.history();
        const receipts = clickstream
          .filter((record) => caseOf(record) === name)
          .map(({ appendedAt }) => Math.floor(appendedAt / 1_000));
        const says = Math.floor(Date.parse(String(viewCall('', n)['timestamp'])) / 1_000);
        const isItem = first?.itemHash === itemHash(TENANT, itemId((n * 31) % ITEMS));
        const times = [
          first?.timeSeconds === 0 ? 'in 1970' : '',
          receipts.includes(first?.timeSeconds ?? -1) ? 'at its receipt' : '',
          first?.timeSeconds === says ? 'as it says' : '',
        ];
        note(name, profile.events === 1 && isItem ? `applied ${times.join('')}` : `${profile.events} events`);
      }
    }
  });
  return Object.fromEntries(
    MALFORMED.map(({ name, count }) => {
      const seen = Array.from({ length: count }, (_, n) =>
        [...(outcomes.get(`${name}#${n}`) ?? ['nothing'])].join(' and '),
      );
      const distinct = [...new Set(seen)];
      return [
        name,
        distinct.map((outcome) => `${seen.filter((each) => each === outcome).length} ${outcome}`).join(', '),
      ];
    }),
  );
};

/** Key, value and own headers of a failed record are those of the record that its headers name. */
const expectAsItCame = (record: RawRecord, clickstream: readonly RawRecord[]): void => {
  const origin = clickstream.find(
    ({ partition, offset }) =>
      String(partition) === String(record.headers['origin-partition']) &&
      String(offset) === String(record.headers['origin-offset']),
  );
  if (origin === undefined) throw new Error(`${String(caseOf(record))} has no origin`);
  const same = (one: Buffer | null, other: Buffer | null) =>
    one === null || other === null ? one === other : one.equals(other);
  expect([caseOf(record), same(record.key, origin.key), same(record.value, origin.value)]).toEqual([
    caseOf(origin),
    true,
    true,
  ]);
};
