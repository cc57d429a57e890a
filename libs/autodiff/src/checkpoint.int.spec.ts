import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readCheckpoint, writeCheckpoint, type Checkpoint } from './checkpoint.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoint-'));
});
afterEach(() => rm(folder, { recursive: true }));

const checkpoint = (step: number): Checkpoint => ({
  step,
  tensors: {
    'output/weights': { dtype: 'float32', dims: [2, 3], data: Float32Array.of(1, -2, 1e-40, NaN, Infinity, step) },
    größe: { dtype: 'float32', dims: [], data: Float32Array.of(7) },
  },
  progress: { line: 12, text: 'é', random: 4_294_967_295 },
});

test('what is written is read again, bit by bit, and nothing else is left in the folder', async () => {
  const path = join(folder, 'model.checkpoint');
  await writeCheckpoint(path, checkpoint(1));
  await writeCheckpoint(path, checkpoint(2));
  expect(await readCheckpoint(path)).toEqual(checkpoint(2));
  expect(await readdir(folder)).toEqual(['model.checkpoint']);
});

test('a file that is cut short or changed anywhere is refused', async () => {
  const path = join(folder, 'model.checkpoint');
  await writeCheckpoint(path, checkpoint(1));
  const bytes = await readFile(path);
  for (let length = 0; length < bytes.length; length += 7) {
    await writeFile(path, bytes.subarray(0, length));
    await expect(readCheckpoint(path)).rejects.toMatchObject({ code: 'checkpoint-damaged' });
  }
  for (let position = 0; position < bytes.length; position++) {
    const changed = Buffer.from(bytes);
    changed[position] = (changed[position] as number) ^ 1;
    await writeFile(path, changed);
    const code = position >= 8 && position < 12 ? 'checkpoint-version' : 'checkpoint-damaged';
    await expect(readCheckpoint(path)).rejects.toMatchObject({ code });
  }
});

test('a file that is missing is told from one that is damaged', async () => {
  await expect(readCheckpoint(join(folder, 'nothing'))).rejects.toMatchObject({ code: 'checkpoint-unreadable' });
});

// /dev/full refuses every byte as a full disk does.
(existsSync('/dev/full') ? test : test.skip)('a full disk leaves the checkpoint before', async () => {
  const path = join(folder, 'model.checkpoint');
  await writeCheckpoint(path, checkpoint(1));
  await symlink('/dev/full', `${path}.unfinished`);
  await expect(writeCheckpoint(path, checkpoint(2))).rejects.toMatchObject({
    code: 'checkpoint-unwritable',
    message: expect.stringContaining('ENOSPC') as string,
  });
  expect(await readCheckpoint(path)).toEqual(checkpoint(1));
  await writeCheckpoint(path, checkpoint(3));
  expect(await readCheckpoint(path)).toEqual(checkpoint(3));
});

test('a process that is killed while it writes leaves a whole checkpoint', async () => {
  const path = join(folder, 'model.checkpoint');
  // The child's files are built ones, as those of every program that trains.
  const program = `
    import { writeCheckpoint } from ${JSON.stringify(new URL('../dist/checkpoint.js', import.meta.url).href)};
    const data = new Float32Array(2_000_000);
    for (let step = 1; ; step++) {
      data.fill(step);
      await writeCheckpoint(process.argv[1], { step, tensors: { data: { dtype: 'float32', dims: [2_000_000], data } }, progress: null });
      console.log(step);
    }`;
  for (const delayMs of [0, 5, 11, 23, 37]) {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    await sleep(delayMs);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const { step, tensors } = await readCheckpoint(path);
    expect(step).toBeGreaterThanOrEqual(Number.parseInt(line.toString(), 10));
    expect((tensors.data?.data as Float32Array).every((value) => value === step)).toBe(true);
  }
});
