import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import type { SubjectKey } from '@offerstream/contracts';
import { CorruptProfile, Profile } from '@offerstream/profile';
import { LmdbProfileReader } from './lmdb-profile-reader.js';
import { LmdbProfileStore } from './lmdb-profile-store.js';
import { MemoryProfileStore } from './memory-profile-store.js';
import { profileStoreContract, wholeSaveContract } from './profile-store.contract.js';

const folders: string[] = [];
const folder = () => {
  const made = mkdtempSync(join(tmpdir(), 'profile-store-'));
  folders.push(made);
  return made;
};
afterAll(() => folders.forEach((made) => rmSync(made, { recursive: true, force: true })));

profileStoreContract('memory', () => Promise.resolve(new MemoryProfileStore()));
profileStoreContract('LMDB', () => Promise.resolve(new LmdbProfileStore(folder())));
wholeSaveContract('memory', () => Promise.resolve(new MemoryProfileStore()));
wholeSaveContract('LMDB', () => Promise.resolve(new LmdbProfileStore(folder())));

describe('LMDB', () => {
  const anna = 'demo:anna' as SubjectKey;
  const firstVersion = () => {
    const profile = Profile.empty();
    profile.raiseVersion();
    return profile;
  };

  const built = (path: string): string => new URL(path, import.meta.url).href;

  it('has what was saved after it is closed and opened again', async () => {
    const path = folder();
    const before = new LmdbProfileStore(path);
    await before.save({
      changes: [{ key: anna, profile: firstVersion(), publication: Buffer.from('x') }],
      positions: new Map(),
    });
    await before.close();
    const after = new LmdbProfileStore(path);
    expect((await after.profiles([anna]))[0]?.version).toBe(1);
    expect((await after.publications([anna]))[0]?.toString()).toBe('x');
    await after.close();
  });

  it('refuses a stale save of a second process on the same folder', async () => {
    const path = folder();
    const [one, other] = [new LmdbProfileStore(path), new LmdbProfileStore(path)];
    expect(
      await one.save({
        changes: [{ key: anna, profile: firstVersion(), publication: undefined }],
        positions: new Map(),
      }),
    ).toBe('saved');
    expect(
      await other.save({
        changes: [{ key: anna, profile: firstVersion(), publication: undefined }],
        positions: new Map(),
      }),
    ).toBe('conflict');
    await one.close();
    await other.close();
  });

  it('does not keep a process from ending that has a save under way', async () => {
    const script = `
      const { LmdbProfileStore } = await import('${built('../dist/index.js')}');
      const { Profile } = await import('${built('../../profile/dist/index.js')}');
      const profile = Profile.empty();
      profile.raiseVersion();
      const store = new LmdbProfileStore(process.argv[1]);
      void store.save({ changes: [{ key: 'demo:anna', profile, publication: undefined }], positions: new Map() });
      // LMDB's thread begins the transaction and waits for this one.
      await new Promise((resolve) => setImmediate(resolve));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
      await store.halt();
      process.exit(7);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, folder()], { stdio: 'inherit' });
    const giveUp = setTimeout(() => child.kill('SIGKILL'), 120_000);
    expect(await once(child, 'exit')).toEqual([7, null]);
    clearTimeout(giveUp);
  });

  it('is read by a process that was there before its folder, while another one writes', async () => {
    const path = join(folder(), 'made-later');
    const reader = new LmdbProfileReader(path);
    const read = async () => {
      const [profile] = await reader.profiles([anna]);
      const [publication] = await reader.publications([anna]);
      return [profile?.version, publication?.toString()];
    };
    expect(await read()).toEqual([undefined, undefined]);
    expect(existsSync(path)).toBe(false);
    const script = `
      const { LmdbProfileStore } = await import('${built('../dist/index.js')}');
      const { Profile } = await import('${built('../../profile/dist/index.js')}');
      const profile = Profile.empty();
      const store = new LmdbProfileStore(process.argv[1]);
      for await (const publication of process.stdin) {
        profile.raiseVersion();
        await store.save({ changes: [{ key: 'demo:anna', profile, publication }], positions: new Map() });
        process.stdout.write('saved');
      }
      await store.close();`;
    const writer = spawn(process.execPath, ['--input-type=module', '-e', script, path], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    for (let version = 1; version <= 50; version++) {
      const saved = once(writer.stdout, 'data');
      writer.stdin.write(`offer ${version}`);
      // What is read now must not hide what is saved in a moment.
      await read();
      await saved;
      expect(await read()).toEqual([version, `offer ${version}`]);
    }
    writer.stdin.end();
    await once(writer, 'exit');
    expect(await read()).toEqual([50, 'offer 50']);
    await reader.close();
  });

  it('says how to mend a corrupt record', async () => {
    const path = folder();
    const raw = open<Buffer, string>({ path, encoding: 'binary', maxDbs: 4 });
    await raw.openDB({ name: 'profiles', encoding: 'binary' }).put(anna, Buffer.from([2, 200, 1]));
    await raw.close();
    const store = new LmdbProfileStore(path);
    await expect(store.profiles([anna])).rejects.toThrow(CorruptProfile);
    await store.close();
  });
});
