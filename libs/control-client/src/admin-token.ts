import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ControlError } from './control-error.js';

/**
 * The admin token that the back office keeps in its data folder.
 *
 * @throws ControlError `no-token`
 */
export const readAdminToken = async (dataFolder: string): Promise<string> => {
  const file = join(dataFolder, 'admin-token');
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new ControlError(
      'no-token',
      false,
      `The admin token ${file} can't be read. The back office makes it at its first start; check the data folder and who you are.`,
      error,
    );
  }
};
