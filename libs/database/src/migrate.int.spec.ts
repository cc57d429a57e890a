import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freshDatabase } from '@offerstream/testing';
import { migrate } from './migrate.js';

it('instances that start together make the tables once, and a later start makes nothing', async () => {
  const url = await freshDatabase();
  const ran = await Promise.all(Array.from({ length: 4 }, () => migrate(url)));
  const migrations = (await readdir(join(import.meta.dirname, '../migrations'))).map((file) =>
    file.replace('.sql', ''),
  );
  expect(ran.filter((names) => names.length > 0)).toEqual([migrations.sort()]);
  expect(await migrate(url)).toEqual([]);
});

it('says that Postgres is away where nothing answers', async () => {
  await expect(migrate('postgresql://nobody@127.0.0.1:1/nothing')).rejects.toMatchObject({
    code: 'database-unavailable',
    canRetry: true,
  });
});
