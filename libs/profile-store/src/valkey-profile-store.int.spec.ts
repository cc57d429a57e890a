import { randomUUID } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Profile } from '@offerstream/profile';
import { startOwnValkey, startOwnValkeyCluster, uniquePrefix, valkeyUrl, type OwnValkey } from '@offerstream/testing';
import { ProfileStoreRefused, ProfileStoreUnavailable } from './errors.js';
import { key, next, position, profileStoreContract } from './profile-store.contract.js';
import { ValkeyKeys } from './valkey-keys.js';
import { ValkeyProfileReader } from './valkey-profile-reader.js';
import { ValkeyProfileStore } from './valkey-profile-store.js';

let cluster: OwnValkey;
let own: OwnValkey;
const opened: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  [cluster, own] = await Promise.all([startOwnValkeyCluster(), startOwnValkey()]);
});
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});
afterAll(() => Promise.all([cluster.stop(), own.stop()]));

const storeOn = (url: string, prefix = uniquePrefix()): ValkeyProfileStore => {
  const store = new ValkeyProfileStore(url, { prefix });
  opened.push(store);
  return store;
};
const readerOn = (url: string, prefix: string, commandTimeoutMs?: number): ValkeyProfileReader => {
  const reader = new ValkeyProfileReader(url, {
    prefix,
    ...(commandTimeoutMs === undefined ? {} : { commandTimeoutMs }),
  });
  opened.push(reader);
  return reader;
};
/** What operators do, and what other programs see. */
const raw = (url: string): Redis => {
  const client = new Redis(url, { disconnectTimeout: 200 });
  client.on('error', () => undefined);
  opened.push({
    close: () => {
      client.disconnect();
      return Promise.resolve();
    },
  });
  return client;
};
const change = (name: string, profile: Profile, publication?: string) => ({
  key: key(name),
  profile,
  publication: publication === undefined ? undefined : Buffer.from(publication),
});

/** Longer than a busy machine takes for an answer. */
const IMPATIENT_MS = 3_000;

const until = async (question: () => Promise<boolean> | boolean): Promise<void> => {
  const end = performance.now() + 60_000;
  while (!(await question())) {
    if (performance.now() > end) throw new Error('It has not come about within a minute.');
    await sleep(5);
  }
};

profileStoreContract('Valkey', async () => new ValkeyProfileStore(await valkeyUrl(), { prefix: uniquePrefix() }));
profileStoreContract('a cluster of Valkeys', () =>
  Promise.resolve(new ValkeyProfileStore(cluster.url, { prefix: uniquePrefix() })),
);

describe('a save on Valkey that another process crosses', () => {
  it('stores the shoppers that nobody else has changed, with what is to be published for them', async () => {
    const prefix = uniquePrefix();
    const [one, other] = [storeOn(await valkeyUrl(), prefix), storeOn(await valkeyUrl(), prefix)];
    await other.save({ changes: [change('anna', next(undefined, 3))], positions: new Map() });
    const outcome = await one.save({
      changes: [change('anna', next(undefined, 4)), change('bob', next(undefined, 5), 'for bob')],
      positions: new Map([[0, position(5)]]),
    });
    expect([outcome, (await one.positions()).size]).toEqual(['conflict', 0]);
    const [anna, bob] = await one.profiles([key('anna'), key('bob')]);
    expect([anna?.guard?.offset, bob?.hasApplied(0, 5)]).toEqual([3, true]);
    expect((await one.publications([key('bob')]))[0]?.toString()).toBe('for bob');
  });

  it('is a conflict, with nothing stored, once the other has gone further', async () => {
    const prefix = uniquePrefix();
    const [late, quick] = [storeOn(await valkeyUrl(), prefix), storeOn(await valkeyUrl(), prefix)];
    await late.positions();
    await quick.save({ changes: [], positions: new Map([[0, position(9)]]) });
    const outcome = await late.save({
      changes: [change('bob', next(undefined, 5))],
      positions: new Map([[0, position(7)]]),
    });
    expect([outcome, (await late.profiles([key('bob')]))[0]]).toEqual(['conflict', undefined]);
  });

  it('is saved when the other has stored the very same', async () => {
    const store = storeOn(await valkeyUrl());
    const save = (offset: number, publication?: string) =>
      store.save({ changes: [change('anna', next(undefined, offset), publication)], positions: new Map() });
    expect([await save(1, 'x'), await save(1, 'x'), await save(1)]).toEqual(['saved', 'saved', 'saved']);
    expect([await save(2, 'x'), await save(1, 'y')]).toEqual(['conflict', 'conflict']);
  });
});

/** Stands between a client and a server, and cuts the connection instead of passing on an answer. */
class CuttingProxy {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  /** Of so many answers from now on, the last is cut off. */
  answersUntilCut = Infinity;
  cuts = 0;

  constructor(target: URL) {
    this.server = createServer((client) => {
      const server = connect(Number(target.port), target.hostname);
      for (const socket of [client, server]) {
        this.sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          client.destroy();
          server.destroy();
        });
      }
      client.on('data', (bytes) => server.write(bytes));
      server.on('data', (bytes) => {
        this.answersUntilCut -= 1;
        if (this.answersUntilCut === 0) {
          this.cuts += 1;
          client.destroy();
        } else client.write(bytes);
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `redis://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

describe('a save on Valkey whose answer is lost', () => {
  // Whether the positions stand, the changes, the positions.
  it.each([1, 2, 3])('is asked again and saved, once: answer %d', async (answer) => {
    const proxy = new CuttingProxy(new URL(await valkeyUrl()));
    opened.push(proxy);
    const store = storeOn(await proxy.listen());
    const first = next(undefined, 0);
    await store.save({ changes: [change('anna', first, 'one')], positions: new Map([[0, position(0)]]) });
    proxy.answersUntilCut = answer;
    const outcome = await store.save({
      changes: [change('anna', next(first, 1), 'two'), change('bob', next(undefined, 1), 'new')],
      positions: new Map([[0, position(1)]]),
    });
    expect([outcome, proxy.cuts]).toEqual(['saved', 1]);
    const [anna, bob] = await store.profiles([key('anna'), key('bob')]);
    expect([anna?.version, anna?.events, bob?.version]).toEqual([2, 2, 1]);
    expect((await store.positions()).get(0)).toEqual(position(1));
  });
});

describe('a Valkey that is cut off and comes back', () => {
  const SHOPPERS = Array.from({ length: 20 }, (_, index) => `shopper-${index}`);
  const saver = (store: ValkeyProfileStore) => {
    let profiles = SHOPPERS.map((): Profile | undefined => undefined);
    return async (offset: number) => {
      profiles = profiles.map((profile) => next(profile, offset));
      return store.save({
        changes: SHOPPERS.map((name, index) => change(name, profiles[index] as Profile)),
        positions: new Map([[0, position(offset)]]),
      });
    };
  };
  const stored = async (store: ValkeyProfileStore) => {
    const profiles = await store.profiles(SHOPPERS.map(key));
    const guards = profiles.map((profile) => profile?.guard?.offset ?? -1);
    return { position: (await store.positions()).get(0)?.offset ?? -1, oldest: Math.min(...guards) };
  };

  it('has everything that was acknowledged, and no position ahead of the profiles', async () => {
    const prefix = uniquePrefix();
    for (let round = 0; round < 3; round++) {
      const inRound = `${prefix}${round}:`;
      const writer = storeOn(own.url, inRound);
      const save = saver(writer);
      let acknowledged = -1;
      void (async () => {
        for (let offset = 0; ; offset++) {
          await save(offset);
          acknowledged = offset;
        }
      })();
      await until(() => acknowledged >= 20);
      await own.kill();
      // As a process that ends here: what it was about to save stays as it is.
      await writer.close();
      await own.restart();
      const { position: reached, oldest } = await stored(storeOn(own.url, inRound));
      expect(reached).toBeGreaterThanOrEqual(acknowledged);
      expect(oldest).toBeGreaterThanOrEqual(reached);
    }
  });

  it('is waited for by the writer, whose saves then go on', async () => {
    const store = storeOn(own.url);
    const save = saver(store);
    await save(0);
    const outcomes: string[] = [];
    const writing = (async () => {
      for (let offset = 1; offset <= 300; offset++) outcomes.push(await save(offset));
    })();
    await until(() => outcomes.length >= 20);
    await own.kill();
    await until(() => store.problem !== undefined);
    expect(store.problem).toBeInstanceOf(ProfileStoreUnavailable);
    await own.restart();
    await writing;
    expect(outcomes).toEqual(Array(300).fill('saved'));
    expect(await stored(store)).toEqual({ position: 300, oldest: 300 });
    expect(store.problem).toBeUndefined();
  });

  it('is noticed when it lost its last writes: the next save stores nothing, and what was lost can be saved again', async () => {
    const server = raw(own.url);
    const store = storeOn(own.url);
    const first = next(undefined, 0);
    await store.save({ changes: [change('anna', first)], positions: new Map([[0, position(0)]]) });
    // What is written from here on is nowhere but in memory, as the last second is with `everysec`.
    await server.config('SET', 'appendonly', 'no');
    await store.save({ changes: [change('bob', next(undefined, 1))], positions: new Map([[0, position(1)]]) });
    await own.kill();
    await own.restart();
    const second = { changes: [change('anna', next(first, 2))], positions: new Map([[0, position(2)]]) };
    expect(await store.save(second)).toBe('conflict');
    expect((await store.profiles([key('anna')]))[0]?.version).toBe(1);
    expect((await store.positions()).get(0)?.offset).toBe(0);
    expect((await store.profiles([key('bob')]))[0]).toBeUndefined();
    expect(
      await store.save({ changes: [change('bob', next(undefined, 1))], positions: new Map([[0, position(1)]]) }),
    ).toBe('saved');
    expect(await store.save(second)).toBe('saved');
  });

  it('fails those who can not wait, and answers them again', async () => {
    const prefix = uniquePrefix();
    await storeOn(own.url, prefix).save({ changes: [change('anna', next(undefined, 0), 'x')], positions: new Map() });
    const reader = readerOn(own.url, prefix, IMPATIENT_MS);
    expect((await reader.profiles([key('anna')]))[0]?.version).toBe(1);
    await own.kill();
    await expect(reader.profiles([key('anna')])).rejects.toThrow(ProfileStoreUnavailable);
    await expect(reader.publications([key('anna')])).rejects.toMatchObject({ canRetry: true });
    expect(reader.problem?.message).toContain(new URL(own.url).host);
    await own.restart();
    await until(() => reader.problem === undefined);
    expect((await reader.publications([key('anna')]))[0]?.toString()).toBe('x');
  });

  it('is known to answer again without being asked, when it had only stood still', async () => {
    const reader = readerOn(own.url, uniquePrefix(), IMPATIENT_MS);
    await reader.profiles([key('anna')]);
    await raw(own.url).client('PAUSE', 3 * IMPATIENT_MS);
    await expect(reader.profiles([key('anna')])).rejects.toThrow(ProfileStoreUnavailable);
    expect(reader.problem).toBeInstanceOf(ProfileStoreUnavailable);
    await until(() => reader.problem === undefined);
  });

  it('is known to answer again without being asked, when it had refused after it was away', async () => {
    const addUser = () => raw(own.url).acl('SETUSER', 'reader', 'on', '>secret', '~*', '+@all');
    await addUser();
    const url = new URL(own.url);
    url.username = 'reader';
    url.password = 'secret';
    const reader = readerOn(url.href, uniquePrefix(), IMPATIENT_MS);
    await reader.profiles([key('anna')]);
    await raw(own.url).client('PAUSE', 60_000);
    await expect(reader.profiles([key('anna')])).rejects.toThrow(ProfileStoreUnavailable);
    await own.kill();
    // A server that starts anew has forgotten its users.
    await own.restart();
    await until(() =>
      reader.profiles([key('anna')]).then(
        () => false,
        (error: unknown) => error instanceof ProfileStoreRefused,
      ),
    );
    await addUser();
    await until(() => reader.problem === undefined);
    expect(await reader.profiles([key('anna')])).toEqual([undefined]);
  });

  it('keeps nobody waiting who reads, when that is over', async () => {
    const reader = readerOn('redis://127.0.0.1:1', uniquePrefix());
    const asked = reader.profiles([key('anna')]);
    await reader.close();
    await expect(asked).rejects.toThrow(ProfileStoreUnavailable);
  });

  it.each(['halt', 'close'] as const)('answers no save of a process that ends: %s', async (ending) => {
    const store = storeOn(own.url);
    const saving = store.save({ changes: [change('anna', next(undefined, 0))], positions: new Map() });
    await store[ending]();
    expect(await Promise.race([saving, sleep(300).then(() => 'no answer')])).toBe('no answer');
  });
});

describe('a Valkey that does not take what it is told', () => {
  it('is waited for while its memory is full', async () => {
    const server = raw(own.url);
    const store = storeOn(own.url);
    await store.positions();
    await server.config('SET', 'maxmemory', '1');
    const saving = store.save({
      changes: [change('anna', next(undefined, 0))],
      positions: new Map([[0, position(0)]]),
    });
    await until(() => store.problem !== undefined);
    expect(store.problem?.message).toContain('OOM');
    await server.config('SET', 'maxmemory', '0');
    expect(await saving).toBe('saved');
    expect(store.problem).toBeUndefined();
  });

  it('is not waited for when it wants another password, which nobody gets to read', async () => {
    const server = raw(own.url);
    const [password, wrong] = [randomUUID(), randomUUID()];
    const { host } = new URL(own.url);
    await server.config('SET', 'requirepass', password);
    try {
      for (const url of [`redis://${host}`, `redis://:${wrong}@${host}`]) {
        const refusal: unknown = await storeOn(url)
          .lastRebuild()
          .catch((error: unknown) => error);
        expect(refusal).toBeInstanceOf(ProfileStoreRefused);
        expect(refusal).toMatchObject({ canRetry: false, message: expect.not.stringContaining(wrong) as string });
      }
      expect(await storeOn(`redis://:${password}@${host}`).lastRebuild()).toBeUndefined();
    } finally {
      await server.config('SET', 'requirepass', '');
    }
  });

  it('is not waited for when it is a cluster and taken for a server, or the other way round', async () => {
    const [node] = cluster.url.replace('redis+cluster://', '').split(',');
    const keys = Array.from({ length: 30 }, (_, index) => key(`${index}`));
    await expect(storeOn(`redis://${String(node)}`).profiles(keys)).rejects.toThrow(ProfileStoreRefused);
    const { host } = new URL(own.url);
    await expect(storeOn(`redis+cluster://${host}`).profiles(keys)).rejects.toThrow(ProfileStoreRefused);
  });
});

describe('a rebuild on Valkey', () => {
  it.each([
    ['a server', () => valkeyUrl()],
    ['a cluster', () => Promise.resolve(cluster.url)],
  ])('of %s is noticed by those who write and those who read, and deletes what was before', async (_, url) => {
    const prefix = uniquePrefix();
    const [writer, rebuilder, neighbour] = [
      storeOn(await url(), prefix),
      storeOn(await url(), prefix),
      storeOn(await url(), `${prefix}more:`),
    ];
    const names = Array.from({ length: 50 }, (__, index) => `shopper-${index}`);
    const all = {
      changes: names.map((name) => change(name, next(undefined, 0))),
      positions: new Map([[0, position(0)]]),
    };
    expect([await writer.save(all), await neighbour.save(all)]).toEqual(['saved', 'saved']);
    const reader = readerOn(await url(), prefix);
    expect((await reader.profiles([key('shopper-0')]))[0]?.version).toBe(1);

    await rebuilder.beginRebuild('monday', new Map([[0, { quietBelow: 1, countedBelow: 1 }]]));
    await rebuilder.save({ changes: [change('anna', next(undefined, 0))], positions: new Map() });

    // Who only reads may take a second to notice.
    await until(async () => (await reader.profiles([key('anna')]))[0]?.version === 1);
    expect((await reader.profiles([key('shopper-0')]))[0]).toBeUndefined();
    expect((await rebuilder.profiles([key('anna')]))[0]?.version).toBe(1);
    // Of a partition that it had nothing of before, so that no position has fallen back.
    const outcome = await writer.save({
      changes: [change('late', next(undefined, 1))],
      positions: new Map([[7, position(1)]]),
    });
    expect([outcome, (await reader.profiles([key('late')]))[0]]).toEqual(['conflict', undefined]);
    expect((await neighbour.profiles(names.map(key))).every((profile) => profile?.version === 1)).toBe(true);
    expect(await writer.positions()).toMatchObject(new Map([[0, { offset: -1, quietBelow: 1 }]]));
    const nodes = (await url()).replace(/^redis(\+cluster)?:\/\//, '').split(',');
    const left = await Promise.all(nodes.map((node) => raw(`redis://${node}`).keys(`${prefix}[0-9]*`)));
    expect(left.flat()).toEqual([new ValkeyKeys(prefix).subject('1', key('anna'))]);
  });

  it('deletes what an earlier one that was cut off has left', async () => {
    const prefix = uniquePrefix();
    const server = raw(await valkeyUrl());
    const store = storeOn(await valkeyUrl(), prefix);
    await store.beginRebuild('monday', new Map());
    await store.save({ changes: [change('anna', next(undefined, 0))], positions: new Map() });
    const leftover = new ValkeyKeys(prefix).subject('0', key('bob'));
    await server.hset(leftover, { version: 1 });
    await store.beginRebuild('tuesday', new Map());
    expect(await server.keys(`${prefix}*`)).toEqual([new ValkeyKeys(prefix).about]);
  });
});

describe('a reader on Valkey', () => {
  it('asks about a rebuild once a second, and a writer each time', async () => {
    const admin = raw(own.url);
    const asked = async (by: ValkeyProfileReader): Promise<number> => {
      await by.profiles([key('anna')]);
      await admin.config('RESETSTAT');
      for (let time = 0; time < 5; time++) await by.profiles([key('anna')]);
      return Number(/cmdstat_hget:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1]);
    };
    expect(await asked(readerOn(own.url, uniquePrefix()))).toBeLessThan(10);
    expect(await asked(storeOn(own.url))).toBe(10);
  });
});

describe('the keys of a store on Valkey', () => {
  it('of one script lie in one slot, and shoppers in many', async () => {
    const [node] = cluster.url.replace('redis+cluster://', '').split(',');
    const server = raw(`redis://${String(node)}`);
    const slotOf = (name: string) => server.cluster('KEYSLOT', name);
    const keys = new ValkeyKeys();
    const shared = await Promise.all([keys.about, keys.positions, keys.attempts].map(slotOf));
    expect(new Set(shared).size).toBe(1);
    const shoppers = Array.from({ length: 100 }, (_, index) => key(`${index}`));
    const slots = await Promise.all(shoppers.map((each) => slotOf(keys.subject('0', each))));
    expect(new Set(slots).size).toBeGreaterThan(90);
    // The tag is the shopper's key, so that whatever else is kept of a shopper can lie in the same slot.
    expect(slots).toEqual(await Promise.all(shoppers.map((each) => slotOf(each))));
  });

  it('may not begin with braces, which would put all of them in one slot', () => {
    expect(() => new ValkeyKeys('{offers}:')).toThrow(/without braces/);
  });
});
