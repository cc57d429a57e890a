import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A token can't be used safely; the message names the file and the way out. */
export class TokenFileError extends Error {
  readonly code = 'token-unusable';
  readonly canRetry = false;
}

const OWNER_ONLY = 0o600;
const OTHERS = 0o077;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/**
 * A token that stands in a file, for whoever may read that: `admin-token`, which may do everything, and `services/service-token`,
 * in a folder of its own since that can be given to the data plane's services alone. Only its hash stays in memory.
 */
export class TokenFile {
  private constructor(private readonly hash: Buffer) {}

  /**
   * Reads the file, or makes it at the first start, readable by its owner alone. Instances that start together on one folder agree
   * on one token.
   *
   * @param randomToken 32 random bytes in base64url
   * @throws TokenFileError
   */
  static async open(folder: string, name: string, randomToken: () => string): Promise<TokenFile> {
    const file = join(folder, name);
    await makeOnce(folder, file, randomToken());
    if (((await stat(file)).mode & OTHERS) !== 0) {
      throw new TokenFileError(
        `${file} can be read by others. If nobody has read it: chmod 600 it. Otherwise delete it; the next start makes another.`,
      );
    }
    const token = (await readFile(file, 'utf8')).trim();
    if (!TOKEN.test(token)) {
      throw new TokenFileError(`${file} holds no token. Delete it; the next start makes one.`);
    }
    return new TokenFile(sha256(token));
  }

  /** Takes the same time for every wrong token. */
  matches(candidate: string): boolean {
    return timingSafeEqual(sha256(candidate), this.hash);
  }
}

/** A link appears with its content or not at all, and never replaces another. */
const makeOnce = async (folder: string, file: string, token: string): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, `${token}\n`, { mode: OWNER_ONLY });
  try {
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft);
  }
};

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
