import { dockerAnswers } from '@offerstream/infra';
import { testRun } from './test-run.js';

const args = process.argv.slice(2);

await testRun({ warmUp: false }, async (jest) => {
  const docker = await dockerAnswers(process.env);
  if (!docker.ok)
    return [{ passed: 0, failed: 0, skipped: [{ reason: `docker compose: ${docker.reason}`, count: 1 }] }];
  return [await jest('e2e/compose/jest.config.mjs', ['--runInBand', ...args])];
});
