import { join } from 'node:path';

/** Where the services of a line keep what is theirs in its data folder. */
export const lineFolders = (dataDir: string) => ({
  models: join(dataDir, 'models'),
  control: join(dataDir, 'control'),
  profiles: join(dataDir, 'profiles'),
});
