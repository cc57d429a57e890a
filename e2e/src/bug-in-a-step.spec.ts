import { groupLag, readAll } from '@offerstream/kafka';
import { kafkaBrokers } from '@offerstream/testing';
import { clickstreamRecord, sendViews, shoppersNamed, viewCall } from './events.js';
import { Line } from './line.js';
import { differingProfiles, storedCounts } from './stored-profiles.js';

const POINTS = ['event-boom', 'before-save', 'after-save', 'before-publish', 'after-publish', 'before-commit'] as const;

describe('a bug in a step', () => {
  let line: Line;
  beforeAll(async () => {
    line = await Line.prepare(await kafkaBrokers());
    await line.startInference();
  });
  afterAll(() => line.close());

  it('ends the process with a non-zero code and the offset unmoved, wherever it is; the next start goes on', async () => {
    const shoppers = shoppersNamed('shopper', 30);
    for (const [turn, point] of POINTS.entries()) {
      await sendViews(line, shoppers, turn, turn + 1);
      const boom = { ...viewCall('boom', turn), event: 'boom', properties: {} };
      await line.producer.append(clickstreamRecord(line, boom));
      const before = await committed(line);
      const personalizer = await line.startPersonalizer({ FAULTS: `${point}=throw` });
      expect({ point, end: await personalizer.ended }).toEqual({ point, end: 70 });
      expect(personalizer.log()).toContain(`TypeError: fault point ${point}`);
      expect({ point, committed: await committed(line) }).toEqual({ point, committed: before });

      const next = await line.startPersonalizer();
      await line.untilDone();
      await next.stop();
    }
    const views = (await readAll(line.kafka, line.topic('clickstream'))).filter(
      ({ key }) => !String(key).endsWith(':boom'),
    );
    expect(await differingProfiles(line, views)).toEqual([]);
    expect(await storedCounts(line)).toEqual({
      applied: (shoppers.length + 1) * POINTS.length,
      dropped: {},
      failed: {},
    });
  }, 600_000);
});

const committed = async (line: Line): Promise<readonly (number | undefined)[]> =>
  [...(await groupLag(line.kafka, line.group, line.topic('clickstream'))).values()].map((lag) => lag.committed);
