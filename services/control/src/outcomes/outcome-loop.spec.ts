import { DatabaseTooSlow, type Outcomes, type Positions, type ReportQuery } from '@offerstream/database';
import { createKafka } from '@offerstream/kafka';
import { Registry } from 'prom-client';
import { setTimeout as sleep } from 'node:timers/promises';
import { OutcomeLoop } from './outcome-loop.js';

it('a tenant whose report takes too long keeps nobody else’s from Prometheus, and is named in the log', async () => {
  const report = ({ tenant, by }: ReportQuery) =>
    tenant === 'big'
      ? Promise.reject(new DatabaseTooSlow(undefined))
      : Promise.resolve({
          groups: [
            {
              keys: Object.fromEntries(by.map((key) => [key, key[0]])),
              impressions: 7,
              clicks: 0,
              conversions: 0,
              revenueMicros: {},
            },
          ],
        });
  const outcomes = {
    tenantsSince: () => Promise.resolve(['big', 'small']),
    report,
    removeBefore: () => Promise.resolve(0),
  };
  const metrics = new Registry();
  const warnings: string[] = [];
  const loop = new OutcomeLoop({
    kafka: createKafka({
      brokers: ['127.0.0.1:1'],
      naming: { prefix: 'loop-spec', suffix: '' },
      clientId: 'loop-spec',
    }),
    untilTopicIsThere: () => new Promise(() => undefined),
    outcomes: outcomes as unknown as Outcomes,
    positions: {} as Positions,
    keepDays: 90,
    attributionDays: 7,
    metrics,
    logger: { log: () => undefined, error: () => undefined, warn: (message: string) => warnings.push(message) },
    clock: () => new Date('2026-03-02T00:00:00Z'),
    onFatal: (error) => {
      throw error;
    },
  });
  loop.start(Promise.resolve());
  try {
    while (warnings.length === 0) await sleep(10);
    expect(await metrics.metrics()).toContain(
      'offers_shown{tenant="small",placement="p",strategy="s",model="m",version="v"} 7\n',
    );
    expect(warnings).toEqual([expect.stringContaining('too long for big;')]);
  } finally {
    await loop.stop();
  }
});
