import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FOLDER_VARIABLE } from './parts.js';

/** A new folder that other users may enter; it goes with the test run. */
export const tempFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(process.env[FOLDER_VARIABLE] ?? tmpdir(), 'temp-'));
  await chmod(folder, 0o755);
  return folder;
};
