import { randomBytes } from 'node:crypto';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempFolder } from '@offerstream/testing';
import { TokenFile } from './token-file.js';

const random = () => randomBytes(32).toString('base64url');

it('is made at the first start, for its owner alone, and is the same at the next', async () => {
  const folder = join(await tempFolder(), 'control');
  const first = await TokenFile.open(folder, 'admin-token', random);
  const file = join(folder, 'admin-token');
  const text = (await readFile(file, 'utf8')).trim();
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await TokenFile.open(folder, 'admin-token', random)).matches(text)).toBe(true);
  expect(first.matches(text)).toBe(true);
  expect(first.matches(`${text}x`)).toBe(false);
  expect(first.matches('')).toBe(false);
  expect(await readdir(folder)).toEqual(['admin-token']);
});

it('a file that others can read is refused with the way out', async () => {
  const folder = await tempFolder();
  await TokenFile.open(folder, 'admin-token', random);
  await chmod(join(folder, 'admin-token'), 0o640);
  await expect(TokenFile.open(folder, 'admin-token', random)).rejects.toThrow(/chmod 600/);
});

it('a file that holds no token is refused', async () => {
  const folder = await tempFolder();
  await writeFile(join(folder, 'admin-token'), '\n', { mode: 0o600 });
  await expect(TokenFile.open(folder, 'admin-token', random)).rejects.toThrow(/Delete it/);
});
