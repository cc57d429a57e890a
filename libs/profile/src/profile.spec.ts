import type { ActionCode } from '@offerstream/contracts';
import { fingerprintOf, fold, type FoldableEvent } from './fold.js';
import {
  CorruptProfile,
  FINGERPRINT_COUNT,
  HISTORY_LENGTH,
  longestHistory,
  MAX_RECORD_BYTES,
  ORIGIN_COUNT,
  Profile,
  type Interaction,
} from './profile.js';

/** A small deterministic generator (mulberry32). */
const randomFrom = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
};

const event = (offset: number, over: Partial<FoldableEvent> = {}): FoldableEvent => ({
  partition: 3,
  offset,
  fingerprint: 1_000 + offset,
  timeSeconds: 1_700_000_000 + offset,
  interactions: [{ itemHash: BigInt(offset + 1), action: 1 }],
  ...over,
});

describe('the fold', () => {
  it('keeps the newest interactions by time, those of one time in the order in which they came', () => {
    const random = randomFrom(7);
    for (let round = 0; round < 50; round++) {
      const profile = Profile.empty();
      let expected: Interaction[] = [];
      for (let offset = 0; offset < 120; offset++) {
        const timeSeconds = 1_000 + Math.floor(random() * 40);
        const itemHash = BigInt(Math.floor(random() * 1e9)) - 500_000_000n;
        const action = (1 + Math.floor(random() * 6)) as ActionCode;
        fold(profile, event(offset, { timeSeconds, interactions: [{ itemHash, action }] }));
        expected.push({ itemHash, action, timeSeconds });
        expected = expected
          .map((entry, index) => ({ entry, index }))
          .sort((a, b) => a.entry.timeSeconds - b.entry.timeSeconds || a.index - b.index)
          .map(({ entry }) => entry)
          .slice(-HISTORY_LENGTH);
      }
      expect(profile.history()).toEqual(expected);
      expect(Profile.decode(profile.encode()).history()).toEqual(expected);
    }
  });

  it('does not fold a record at or below the guard again', () => {
    const profile = Profile.empty();
    expect(fold(profile, event(5))).toBe('applied');
    expect(fold(profile, event(5))).toBe('repeated');
    expect(fold(profile, event(4, { fingerprint: 99 }))).toBe('repeated');
    expect(fold(profile, event(4, { fingerprint: 99, partition: 2 }))).toBe('applied');
    expect(profile.events).toBe(2);
  });

  it('drops a retry with the same messageId, also from another partition, and forgets old messageIds', () => {
    const profile = Profile.empty();
    expect(fold(profile, event(0, { fingerprint: 2 ** 48 - 1 }))).toBe('applied');
    expect(fold(profile, event(1, { fingerprint: 2 ** 48 - 1 }))).toBe('duplicate');
    expect(fold(profile, event(1, { fingerprint: 2 ** 48 - 1, partition: 9 }))).toBe('duplicate');
    for (let offset = 2; offset < 2 + FINGERPRINT_COUNT; offset++) fold(profile, event(offset));
    expect(fold(profile, event(90, { fingerprint: 2 ** 48 - 1 }))).toBe('applied');
  });

  describe('a record that was sent home', () => {
    const copyOf = (origin: { partition: number; offset: number }, offset: number): FoldableEvent =>
      event(offset, { origin, fingerprint: (10_000 * origin.partition + origin.offset) % 2 ** 48 });

    it('is applied once, however many events there are between its copies', () => {
      const profile = Profile.empty();
      const backlog = Array.from({ length: 3 * FINGERPRINT_COUNT }, (_, offset) => ({ partition: 7, offset }));
      const outcomes = [...backlog, ...backlog].map((origin, offset) => fold(profile, copyOf(origin, offset)));
      expect(outcomes).toEqual([...backlog.map(() => 'applied'), ...backlog.map(() => 'resent')]);
      expect(profile.events).toBe(backlog.length);
    });

    it('is known by the partition and the offset of its origin, beside events of its home and of other origins', () => {
      const profile = Profile.empty();
      expect(fold(profile, copyOf({ partition: 7, offset: 5 }, 0))).toBe('applied');
      expect(fold(profile, copyOf({ partition: 8, offset: 2 }, 1))).toBe('applied');
      expect(fold(profile, event(2))).toBe('applied');
      for (let offset = 100; offset < 100 + FINGERPRINT_COUNT; offset++) fold(profile, event(offset));
      expect(fold(profile, copyOf({ partition: 7, offset: 5 }, 200))).toBe('resent');
      expect(fold(profile, copyOf({ partition: 8, offset: 2 }, 201))).toBe('resent');
      expect(fold(profile, copyOf({ partition: 8, offset: 3 }, 202))).toBe('applied');
      expect(fold(profile, copyOf({ partition: 7, offset: 6 }, 203))).toBe('applied');
    });

    it('does not hold back an event that stands at home, whatever its headers claimed of that partition', () => {
      const profile = Profile.empty();
      fold(profile, copyOf({ partition: 3, offset: Number.MAX_SAFE_INTEGER }, 0));
      expect(fold(profile, event(1))).toBe('applied');
    });

    it('is still redelivered, not resent, where this very record was applied', () => {
      const profile = Profile.empty();
      fold(profile, copyOf({ partition: 7, offset: 5 }, 0));
      expect(fold(profile, copyOf({ partition: 7, offset: 5 }, 0))).toBe('repeated');
    });

    it('is forgotten by its origin when strays of as many others came since, the longest untouched first', () => {
      const profile = Profile.empty();
      let offset = 0;
      for (let partition = 100; partition < 100 + ORIGIN_COUNT; partition++)
        fold(profile, copyOf({ partition, offset: 1 }, offset++));
      fold(profile, copyOf({ partition: 100, offset: 2 }, offset++));
      fold(profile, copyOf({ partition: 200, offset: 1 }, offset));
      const hasApplied = (partition: number) => profile.hasAppliedFrom({ partition, offset: 1 });
      expect([100, 101, 102, 99 + ORIGIN_COUNT, 200].map(hasApplied)).toEqual([true, false, true, true, true]);
    });
  });

  it('counts events and actions, and knows when the shopper was first and last seen', () => {
    const profile = Profile.empty();
    fold(profile, event(0, { timeSeconds: 500 }));
    fold(
      profile,
      event(1, {
        timeSeconds: 100,
        interactions: [
          { itemHash: 1n, action: 5 },
          { itemHash: 2n, action: 5 },
        ],
      }),
    );
    expect([
      profile.events,
      profile.actionCount(1),
      profile.actionCount(5),
      profile.firstSeenSeconds,
      profile.lastSeenSeconds,
    ]).toEqual([2, 1, 2, 100, 500]);
    expect(profile.guard).toEqual({ partition: 3, offset: 1 });
  });
});

describe('a profile record', () => {
  it('comes back as it was stored, and stays within a page with the longest key', () => {
    const profile = Profile.empty();
    for (let offset = 0; offset < 200; offset++)
      fold(profile, event(offset, { origin: { partition: 2 ** 31 - 1 - (offset % 40), offset: 2 ** 52 + offset } }));
    profile.raiseRevision(1_700_000_000_000);
    profile.raiseVersion();
    const record = profile.encode();
    expect(record.length + 240).toBeLessThanOrEqual(MAX_RECORD_BYTES);
    const read = Profile.decode(record);
    expect(read.encode().equals(record)).toBe(true);
    expect([read.version, Profile.versionOf(record), read.revision]).toEqual([1, 1, 1_700_000_000_000]);
    expect(read.hasAppliedFrom({ partition: 2 ** 31 - 1 - 39, offset: 2 ** 52 + 199 })).toBe(true);
    expect(read.hasAppliedFrom({ partition: 2 ** 31 - 1 - 39, offset: 2 ** 52 + 200 })).toBe(false);
  });

  it('of format 2 is read with its history, guard, fingerprints and counters', () => {
    // Format 2: 64 bytes of header whose fourth says nothing, one interaction, one fingerprint, no origins.
    const record = Buffer.alloc(64 + 13 + 6);
    record[0] = 2;
    record[1] = 1;
    record[2] = 1;
    record[3] = 255;
    record.writeUInt32LE(4, 4);
    record.writeDoubleLE(17, 8);
    record.writeDoubleLE(41, 16);
    record.writeInt32LE(3, 24);
    record.writeUInt32LE(9, 28);
    record.writeUInt32LE(1_500_000_000, 32);
    record.writeUInt32LE(1_600_000_000, 36);
    record.writeUInt32LE(6, 40 + 3 * 4);
    record.writeBigInt64LE(-5n, 64);
    record.writeUInt32LE(1_600_000_000, 72);
    record[76] = 4;
    record.writeUIntLE(1_007, 77, 6);
    const profile = Profile.decode(record);
    expect(profile.history()).toEqual([{ itemHash: -5n, action: 4, timeSeconds: 1_600_000_000 }]);
    expect([profile.version, profile.revision, profile.events, profile.guard]).toEqual([
      4,
      17,
      9,
      { partition: 3, offset: 41 },
    ]);
    expect([profile.firstSeenSeconds, profile.lastSeenSeconds, profile.actionCount(4)]).toEqual([
      1_500_000_000, 1_600_000_000, 6,
    ]);
    expect(fold(profile, event(7, { offset: 50, fingerprint: 1_007 }))).toBe('duplicate');
    expect(fold(profile, event(51, { origin: { partition: 7, offset: 5 } }))).toBe('applied');
    const again = Profile.decode(profile.encode());
    expect(again.history()).toHaveLength(2);
    expect(again.hasAppliedFrom({ partition: 7, offset: 5 })).toBe(true);
  });

  it.each([
    ['an unknown format', (record: Buffer) => record.fill(9, 0, 1)],
    ['a cut end', (record: Buffer) => record.subarray(0, record.length - 1)],
    ['the format before the previous one', (record: Buffer) => record.fill(1, 0, 1)],
    ['a history that is too long', (record: Buffer) => record.fill(255, 1, 2)],
    ['more origins than there are', (record: Buffer) => record.fill(255, 3, 4)],
  ])('with %s is refused with the fix', (_what, spoil) => {
    const profile = Profile.empty();
    fold(profile, event(0));
    expect(() => Profile.decode(spoil(profile.encode()))).toThrow(CorruptProfile);
    expect(() => Profile.decode(spoil(profile.encode()))).toThrow(/REBUILD=/);
  });

  it('raises the revision above the one before, also when clocks go back', () => {
    const profile = Profile.empty();
    expect([profile.raiseRevision(1_000), profile.raiseRevision(400), profile.raiseRevision(5_000)]).toEqual([
      1_000, 1_001, 5_000,
    ]);
  });
});

describe('the history as model input', () => {
  it('stands newest last, padded on the left, with ages before the newest', () => {
    const shopper = Profile.empty();
    fold(shopper, event(0, { timeSeconds: 100, interactions: [{ itemHash: -(2n ** 62n), action: 1 }] }));
    fold(shopper, event(1, { timeSeconds: 160, interactions: [{ itemHash: 7n, action: 4 }] }));
    const newcomer = Profile.empty();
    expect(longestHistory([newcomer, shopper])).toBe(2);
    const items = new BigInt64Array(6);
    const actions = new BigInt64Array(6);
    const inputs = {
      length: 3,
      items: new Int32Array(items.buffer),
      actions: new Int32Array(actions.buffer),
      ages: new Float32Array(6),
    };
    newcomer.writeHistory(inputs, 0);
    shopper.writeHistory(inputs, 1);
    expect([...items]).toEqual([0n, 0n, 0n, 0n, -(2n ** 62n), 7n]);
    expect([...actions]).toEqual([0n, 0n, 0n, 0n, 1n, 4n]);
    expect([...inputs.ages]).toEqual([0, 0, 0, 0, 60, 0]);
  });

  it('is cut to its newest part when the model takes less', () => {
    const profile = Profile.empty();
    for (let offset = 0; offset < 5; offset++) fold(profile, event(offset));
    const items = new BigInt64Array(2);
    profile.writeHistory(
      { length: 2, items: new Int32Array(items.buffer), actions: new Int32Array(4), ages: new Float32Array(2) },
      0,
    );
    expect([...items]).toEqual([4n, 5n]);
  });
});

it('takes 48 bits of a hash as fingerprint', () => {
  expect(fingerprintOf(-1n)).toBe(2 ** 48 - 1);
  expect(fingerprintOf(5n)).toBe(5);
});
