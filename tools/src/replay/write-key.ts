import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TenantId } from '@offerstream/contracts';
import { hasCode } from '@offerstream/infra';

/** The write key that replays into a tenant use; made once and kept, since the back office keeps only its hash. */
export const replayWriteKey = async (folder: string, tenant: TenantId): Promise<string> => {
  const file = join(folder, `write-key-${tenant}`);
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  await mkdir(folder, { recursive: true });
  const key = `replay-${randomBytes(24).toString('hex')}`;
  await writeFile(`${file}.next`, key, { mode: 0o600 });
  await rename(`${file}.next`, file);
  return key;
};
