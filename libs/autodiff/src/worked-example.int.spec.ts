import { readFile } from 'node:fs/promises';
import { trainAndServe } from './worked-example.fixture.js';

test('the worked example trains, goes on from its checkpoint, and serves what it learned', async () => {
  const { loss, centre } = await trainAndServe();
  expect(loss).toBeLessThan(0.15);
  expect(centre).toBe(1n);
});

test('the README shows the worked example as it is', async () => {
  const [readme, example] = await Promise.all([
    readFile(new URL('../README.md', import.meta.url), 'utf8'),
    readFile(new URL('./worked-example.fixture.ts', import.meta.url), 'utf8'),
  ]);
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\`\n`);
});
