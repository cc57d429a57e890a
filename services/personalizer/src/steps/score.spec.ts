import { encodePublication } from '@offerstream/decisioning';
import type { RawRecord } from '@offerstream/kafka';
import type { Ranking } from '@offerstream/inference-client';
import { BatchAbandoned } from '@offerstream/pipeline';
import { MemoryProfileStore } from '@offerstream/profile-store';
import type { RankOutcome, RankRequest } from '@offerstream/ranking';
import type { FoldedVisit } from '../visit.js';
import { offerMessage } from '../offer.js';
import {
  batchOf,
  catalogOf,
  element,
  foldedVisit,
  hashOf,
  keyOf,
  MODEL,
  modelsWith,
  ranking,
  record,
  tenant,
} from '../shop.fixture.js';
import { score } from './score.js';

type Answer = Ranking | Extract<RankOutcome, { unranked: unknown }>['unranked'];

/** Answers in turn, the last one for ever. */
const rankerThat = (...answers: readonly Answer[]) => {
  const asked: RankRequest[] = [];
  let waits = 0;
  return {
    asked,
    waits: () => waits,
    rank: (request: RankRequest): Promise<RankOutcome> => {
      const answer = answers[Math.min(asked.length, answers.length - 1)];
      asked.push(request);
      return Promise.resolve(typeof answer === 'object' ? { ranking: answer } : { unranked: answer ?? 'unavailable' });
    },
    back: () => {
      waits += 1;
      return Promise.resolve();
    },
  };
};

const run = async (
  ranker: ReturnType<typeof rankerThat>,
  visits: readonly FoldedVisit[],
  {
    store = new MemoryProfileStore(),
    models = modelsWith('3'),
    catalog = catalogOf('shoe', 'sock', 'hat!'),
    quiet = (record: RawRecord): boolean => record.offset < 0,
    batch = batchOf([]),
  } = {},
) => {
  const elements = visits.map((value) => ({ record: record(), value }));
  const results = await score(ranker, models, catalog, store, { isQuiet: quiet })(elements, batch);
  return results.map((result) => {
    if (result.kind !== 'ok') throw new Error(result.kind);
    return result.value;
  });
};

const visitOf = (name: string, over: Partial<FoldedVisit> = {}): FoldedVisit =>
  foldedVisit({ key: keyOf(name), ...over });

describe('scoring', () => {
  it('asks once a batch and model, with the promoted version and what nobody can have', async () => {
    const answer = ranking('3', [['shoe'], ['sock']]);
    const ranker = rankerThat(answer);
    const [anna, bob] = [visitOf('anna'), visitOf('bob')];
    const visits = await run(ranker, [anna, bob]);
    expect(ranker.asked).toEqual([
      {
        model: MODEL,
        version: '3',
        profiles: [anna.profile, bob.profile],
        blocked: BigInt64Array.of(hashOf('hat')),
        patient: false,
      },
    ]);
    expect(visits.map(({ rankings }) => rankings.get(MODEL))).toEqual([
      { ranking: answer, row: 0 },
      { ranking: answer, row: 1 },
    ]);
  });

  it('asks once for two placements of one model', async () => {
    const ranker = rankerThat(ranking('3', [['shoe']]));
    const placements = ['home', 'cart'].map((id) => ({ id, model: MODEL, slots: 3, validitySeconds: 60 }));
    await run(ranker, [visitOf('anna', { tenant: tenant({ placements }) })]);
    expect(ranker.asked).toHaveLength(1);
  });

  it('leaves out who has nothing new to follow, and records whose offers are out already', async () => {
    const ranker = rankerThat(ranking('3', [['shoe']]));
    const quiet = ({ offset }: RawRecord): boolean => offset === 5;
    const visits = await run(
      ranker,
      [visitOf('unchanged', { cause: undefined }), visitOf('quiet', { cause: element(5) }), visitOf('anna')],
      { quiet },
    );
    expect(ranker.asked.map(({ profiles }) => profiles.length)).toEqual([1]);
    expect(visits.map(({ rankings }) => rankings.get(MODEL)?.row)).toEqual([undefined, undefined, 0]);
  });

  it('asks nothing where no model is promoted', async () => {
    const ranker = rankerThat('unavailable');
    await run(ranker, [
      visitOf('anna', {
        tenant: tenant({ placements: [{ id: 'home', model: 'none', slots: 1, validitySeconds: 1 }] }),
      }),
    ]);
    expect(ranker.asked).toEqual([]);
  });

  const storeWithOffer = async (visit: FoldedVisit): Promise<MemoryProfileStore> => {
    const store = new MemoryProfileStore();
    const [placement] = visit.tenant.placements;
    const message = offerMessage({
      tenant: visit.tenant.id,
      subject: visit.subject,
      placement: placement as never,
      revision: 1,
      items: [
        { item: { id: 'sock' as never, hash: 1n, available: true, json: '"sock"' }, score: 0.5, strategy: 'personal' },
      ],
      model: undefined,
      cause: { record: record(), messageId: 'm', timeMs: 0 },
    });
    await store.save({
      changes: [{ key: visit.key, profile: visit.profile, publication: encodePublication([message]) }],
      positions: new Map(),
    });
    return store;
  };

  it('brings the last offers also where a placement’s model is withdrawn', async () => {
    const anna = visitOf('anna');
    const models = modelsWith('3');
    models.put(`${anna.tenant.id}:${MODEL}`, null);
    const [visit] = await run(rankerThat('unavailable'), [anna], { store: await storeWithOffer(anna), models });
    expect([...(visit?.lastOffers ?? [])]).toEqual([['home', [{ itemHash: hashOf('sock'), score: 0.5 }]]]);
  });

  it('brings the last offers of whoever could not be ranked, without waiting', async () => {
    const ranker = rankerThat('unavailable');
    const anna = visitOf('anna');
    const store = await storeWithOffer(anna);
    const [withLast, without] = await run(ranker, [anna, visitOf('new')], { store });
    expect(withLast?.rankings.get(MODEL)).toBeUndefined();
    expect([...(withLast?.lastOffers ?? [])]).toEqual([['home', [{ itemHash: hashOf('sock'), score: 0.5 }]]]);
    expect(without?.lastOffers.size).toBe(0);
    expect([ranker.asked.length, ranker.waits()]).toEqual([1, 0]);
  });

  it('waits for inference with those whose event must have an offer of its own, and with nobody else', async () => {
    const answer = ranking('3', [['shoe']]);
    const ranker = rankerThat('deadline-exceeded', 'overloaded', answer);
    const patient = visitOf('patient', { cause: element(1, { offerEach: true }) });
    const visits = await run(ranker, [visitOf('anna'), patient]);
    expect(ranker.asked.map(({ profiles, patient }) => [profiles.length, patient])).toEqual([
      [2, false],
      [1, true],
      [1, true],
    ]);
    expect(ranker.waits()).toBe(2);
    expect(visits.map(({ rankings }) => rankings.get(MODEL))).toEqual([undefined, { ranking: answer, row: 0 }]);
  });

  const REFUSALS = ['not-found', 'invalid', 'failed'] as const;

  it.each(REFUSALS)('waits for nothing after %s, which no waiting heals', async (refusal) => {
    const patient = visitOf('patient', { cause: element(1, { offerEach: true }) });
    const store = await storeWithOffer(patient);
    const ranker = rankerThat(refusal);
    const [visit] = await run(ranker, [patient], { store });
    expect([ranker.asked.length, ranker.waits()]).toEqual([1, 0]);
    expect([visit?.rankings.size, [...(visit?.lastOffers.keys() ?? [])]]).toEqual([0, ['home']]);
  });

  it.each(REFUSALS)('waits no longer when an absence turns into %s', async (refusal) => {
    const ranker = rankerThat('unavailable', refusal);
    const [visit] = await run(ranker, [visitOf('patient', { cause: element(1, { offerEach: true }) })]);
    expect([ranker.asked.length, ranker.waits(), visit?.rankings.size]).toEqual([2, 1, 0]);
  });

  it('waits no longer once the model is withdrawn', async () => {
    const models = modelsWith('3');
    const ranker = rankerThat('unavailable');
    const withdrawing = {
      ...ranker,
      back: () => {
        models.put(`${tenant().id}:${MODEL}`, null);
        return ranker.back();
      },
    };
    await run(withdrawing, [visitOf('patient', { cause: element(1, { offerEach: true }) })], { models });
    expect(ranker.asked).toHaveLength(1);
  });

  it('stops waiting once its records have become another process’s', async () => {
    const ranker = rankerThat('unavailable');
    const patient = visitOf('patient', { cause: element(1, { offerEach: true }) });
    const outcome = run(ranker, [patient], { batch: batchOf([element(1)], false) });
    await expect(outcome).rejects.toBeInstanceOf(BatchAbandoned);
  });
});
