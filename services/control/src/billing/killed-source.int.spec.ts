import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { greatestCounts } from '@offerstream/billing';
import { usageSchema } from '@offerstream/contracts';
import {
  freshPlace,
  recordsOf,
  startControl,
  TEST_TIMEOUT_MS,
  until,
  type ControlPlace,
} from '../running-control.fixture.js';

/** Where the source finds its packages. */
const PROJECT = fileURLToPath(new URL('../../../../', import.meta.url));

/** Serves and counts without a pause: writes an `s` for each unit that it serves, and `f` when a flush is acknowledged. */
const SOURCE = `
import { writeSync } from 'node:fs';
import { UsageMeter } from '@offerstream/billing';
import { topicOnBroker } from '@offerstream/contracts';
import { BatchingProducer, createKafka } from '@offerstream/kafka';

const { brokers, naming, epoch } = JSON.parse(process.env.SOURCE);
const producer = new BatchingProducer(createKafka({ brokers, naming, clientId: epoch }));
const meter = new UsageMeter({
  source: 'gateway',
  epoch,
  flushMs: 20,
  nowMs: Date.now,
  onFlushFailed: (error) => { throw error; },
  sink: {
    send: async (records) => {
      await producer.sendAll(records.map(({ key, value }) => ({
        topic: topicOnBroker('usage', naming), key, value: JSON.stringify(value), headers: {},
      })));
      writeSync(1, 'f' + records[0].value.counts.offers + ';');
    },
  },
});
meter.start();
setInterval(() => {
  writeSync(1, 's');
  meter.count('one', 'offers');
}, 1);
`;

/** Runs a source until it has served so much, and kills it then. */
const serveAndDie = async ({ brokers, naming }: ControlPlace, epoch: string, most: number) => {
  const source = spawn(process.execPath, ['--input-type=module', '--eval', SOURCE], {
    cwd: PROJECT,
    env: { PATH: process.env['PATH'], SOURCE: JSON.stringify({ brokers, naming, epoch }) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(source, 'close');
  let told = '';
  source.stdout.on('data', (chunk: Buffer) => {
    told += chunk.toString();
    if (told.length > most && told.includes('f')) source.kill('SIGKILL');
  });
  await closed;
  const flushed = [...told.matchAll(/f(\d+);/g)].map(([, units]) => Number(units)).at(-1) ?? 0;
  return { served: told.replaceAll(/[^s]/g, '').length, flushed };
};

it(
  'sources that are killed while they count lose a flush at most; nobody is billed for more than was served',
  async () => {
    const place = await freshPlace();
    const control = await startControl(place);
    try {
      await until(() => control.health.ready().ok);
      await control.call('PUT', '/v1/tenants/one', { consent: 'assumed', placements: [] });
      const lives = await Promise.all([500, 900, 1_300].map((most, index) => serveAndDie(place, `e-${index}`, most)));
      const records = (await recordsOf(place, 'usage')).map(({ value }) =>
        usageSchema.parse(JSON.parse(value?.toString() ?? '')),
      );
      const told = greatestCounts(records).reduce((sum, { units }) => sum + units, 0);
      const billed = async (): Promise<number> => {
        const { body } = await control.call('GET', '/v1/tenants/one/usage?by=month');
        return (body['totals'] as { units: number }[]).reduce((sum, { units }) => sum + units, 0);
      };
      await until(async () => (await billed()) === told);
      const sum = (of: (life: (typeof lives)[number]) => number): number =>
        lives.map(of).reduce((left, right) => left + right);
      expect(told).toBeLessThanOrEqual(sum(({ served }) => served));
      expect(told).toBeGreaterThanOrEqual(sum(({ flushed }) => flushed));
      expect(sum(({ flushed }) => flushed)).toBeGreaterThan(0);
    } finally {
      await control.close();
    }
  },
  TEST_TIMEOUT_MS,
);
