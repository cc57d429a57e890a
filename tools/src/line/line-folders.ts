import { join } from 'node:path';

/** Where the services of a line, and trainings, keep what is theirs in its data folder. */
export const lineFolders = (dataDir: string) => ({
  models: join(dataDir, 'models'),
  control: join(dataDir, 'control'),
  profiles: join(dataDir, 'profiles'),
  training: join(dataDir, 'training'),
});
