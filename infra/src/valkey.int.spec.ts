import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startValkey, type RunningValkey } from './valkey.js';
import { findValkey } from './valkey-binary.js';
import { askValkey, valkeyAnswers } from './valkey-probe.js';

let folder: string;
const running: RunningValkey[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offerstream valkey '));
});
afterEach(async () => {
  for (const valkey of running.splice(0)) await valkey.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A cold machine fetches the server first. */
const SLOW_MS = 300_000;

const start = async () => {
  const valkey = await startValkey({ dataDir: folder, port: 0, log: () => undefined });
  running.push(valkey);
  return valkey;
};
const ask = ({ host, port }: RunningValkey, ...command: string[]) => askValkey(host, port, command, 60_000);

const { ok } = await findValkey(process.env);
const name = 'a Valkey without Docker';
(ok ? describe : describe.skip)(ok ? name : `${name} [skipped: there is no Maven]`, () => {
  it(
    'ends cleanly, and starts again on the same data',
    async () => {
      const first = await start();
      await ask(first, 'SET', 'anna', 'shoes and söcks');
      await first.stop();
      await first.ended();
      expect(await valkeyAnswers(first.host, first.port, 1_000)).toBe(false);
      const second = await start();
      expect(Buffer.from(await ask(second, 'GET', 'anna'), 'latin1').toString()).toBe('shoes and söcks');
    },
    SLOW_MS,
  );

  it(
    'has what it has acknowledged when it comes back at the same address after it was cut off',
    async () => {
      const valkey = await start();
      await ask(valkey, 'SET', 'anna', 'shoes');
      await valkey.kill();
      await valkey.ended();
      expect(await valkeyAnswers(valkey.host, valkey.port, 1_000)).toBe(false);
      await valkey.restart();
      expect(await ask(valkey, 'GET', 'anna')).toBe('shoes');
    },
    SLOW_MS,
  );

  it('says what the server refuses, and that there is none', async () => {
    const valkey = await start();
    await expect(ask(valkey, 'NONSENSE')).rejects.toThrow(/^ERR unknown command/);
    await valkey.kill();
    await expect(ask(valkey, 'PING')).rejects.toThrow('ECONNREFUSED');
  });
});
