import { setTimeout as sleep } from 'node:timers/promises';
import type { PlacementId } from '@offerstream/contracts';
import { waitUntil } from '@offerstream/infra';
import { kafkaBrokers } from '@offerstream/testing';
import { clickstreamRecord, sendViews, shoppersNamed, viewCall } from './events.js';
import { Line, MODEL, TENANT } from './line.js';
import { readOffers, type SeenOffer } from './oracle.js';
import type { ServiceProcess } from './service-process.js';

/** Ranks as the first model does; nothing is popular in it. */
const QUIET_MODEL = `${TENANT}.quiet`;
const KNOWN = shoppersNamed('known', 60);

describe('without inference', () => {
  let line: Line;
  let inference: ServiceProcess;
  let round = 0;
  beforeAll(async () => {
    line = await Line.prepare(await kafkaBrokers());
    await line.writeModel('1', QUIET_MODEL);
    await line.promote('1', { name: QUIET_MODEL, popular: [] });
    await line.publishTenant({
      placements: [
        { id: 'home' as PlacementId, model: MODEL, slots: 10, validitySeconds: 86_400 },
        { id: 'cart' as PlacementId, model: QUIET_MODEL, slots: 5, validitySeconds: 86_400 },
      ],
    });
    inference = await line.startInference();
    // Slow machines answer late; only an inference that is away is to be taken for one.
    const personalizer = await line.startPersonalizer({ INFERENCE_DEADLINE_MS: '2000' });
    await personalizer.ready();
  });
  afterAll(() => line.close());

  /** Strategies of the offers that follow these events, by placement; waits until each shopper has one at home. */
  const offersFor = async (
    shoppers: readonly string[],
    n: number,
  ): Promise<Readonly<Record<string, readonly string[]>>> => {
    const causes = new Set(shoppers.map((shopper) => `${shopper}-${n}`));
    let offers: readonly SeenOffer[] = [];
    const all = async (): Promise<boolean> => {
      offers = (await readOffers(line)).filter(({ causeMessageId }) => causes.has(causeMessageId));
      return (
        new Set(offers.filter(({ placement }) => placement === 'home').map(({ subject }) => subject)).size ===
        shoppers.length
      );
    };
    if (!(await waitUntil(all, { timeoutMs: 60_000, everyMs: 250 }))) throw new Error('not every event has its offer');
    return Object.fromEntries(
      ['home', 'cart'].map((placement) => [
        placement,
        [
          ...new Set(offers.filter((offer) => offer.placement === placement).flatMap(({ strategies }) => strategies)),
        ].sort(),
      ]),
    );
  };

  const see = async (shoppers: readonly string[]): ReturnType<typeof offersFor> => {
    const n = round++;
    await sendViews(line, shoppers, n, n + 1);
    return offersFor(shoppers, n);
  };

  /** Sends events until all of these shoppers have personal offers again; nobody tells the personalizer anything. */
  const untilPersonal = async (
    shoppers: () => readonly string[] = () => shoppersNamed(`returning-${round}`, 3),
  ): Promise<void> => {
    const personal = async (): Promise<boolean> => {
      const seen = await see(shoppers());
      return seen['home']?.join() === 'personal' && seen['cart']?.join() === 'personal';
    };
    if (!(await waitUntil(personal, { timeoutMs: 120_000, everyMs: 100 })))
      throw new Error('no personal offers come back');
  };

  /** Newcomers, 100 a second, until told to stop; gives back who came. */
  const startLoad = () => {
    let going = true;
    const sent: Promise<void>[] = [];
    const came: string[] = [];
    const n = round++;
    const run = async (): Promise<{ readonly came: readonly string[]; readonly n: number }> => {
      while (going) {
        const shoppers = shoppersNamed(`load-${n}-${sent.length}`, 10);
        came.push(...shoppers);
        sent.push(sendViews(line, shoppers, n, n + 1));
        await sleep(100);
      }
      await Promise.all(sent);
      return { came, n };
    };
    const running = run();
    return () => {
      going = false;
      return running;
    };
  };

  const expectEveryRung = async (): Promise<void> => {
    // Those who were offered something keep it; newcomers get what is popular, and where nothing is, nothing.
    expect(await see(KNOWN)).toEqual({ home: ['last'], cart: ['last'] });
    expect(await see(shoppersNamed(`newcomer-${round}`, 30))).toEqual({ home: ['popular'], cart: [] });
  };

  it.each([
    ['killed', 'SIGKILL'],
    ['halted', 'SIGSTOP'],
  ] as const)(
    'that is %s: each rung in turn, no event waits, and personal offers come back by themselves',
    async (_, signal) => {
      await untilPersonal(() => KNOWN);

      const stopLoad = startLoad();
      inference.signal(signal);
      await expectEveryRung();
      await expectEveryRung();
      const { came, n } = await stopLoad();
      // Inference is away still, and everybody has an offer.
      expect((await offersFor(came, n))['home']).toContain('popular');

      if (signal === 'SIGSTOP') inference.signal('SIGCONT');
      else inference = await line.startInference();
      await untilPersonal(() => KNOWN);
    },
  );

  it('an event that must have an offer of its own waits for it', async () => {
    await untilPersonal();
    inference.signal('SIGKILL');
    await inference.ended;
    expect(await see(shoppersNamed(`newcomer-${round}`, 5))).toEqual({ home: ['popular'], cart: [] });
    const n = round++;
    await line.producer.append(clickstreamRecord(line, viewCall('patient', n), { offer: 'each' }));
    await sleep(3_000);
    expect((await readOffers(line)).filter(({ subject }) => subject === 'patient')).toEqual([]);
    inference = await line.startInference();
    expect(await offersFor(['patient'], n)).toEqual({ home: ['personal'], cart: ['personal'] });
  });
});
