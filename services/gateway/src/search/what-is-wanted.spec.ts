import type { TenantId } from '@offerstream/contracts';
import { catalogOf, DEMO, modelsWith, NOW_MS } from '../shop.fixture.js';
import { SearchesTable } from './searches-table.js';
import type { ServingVersion } from '../models/model-folder.js';
import { WhatIsWanted } from './what-is-wanted.js';

const setUp = (popular: readonly string[] = []) => {
  const asked: (readonly [string, unknown])[] = [];
  const languages: (readonly [TenantId, string | undefined])[] = [];
  const problems: string[] = [];
  const searches = new SearchesTable();
  const catalog = catalogOf('bag', 'box');
  const state = {
    nowMs: NOW_MS,
    models: modelsWith('1', popular),
    language: undefined as ServingVersion | undefined,
    problem: undefined as string | undefined,
  };
  const wanted = new WhatIsWanted({
    tables: {
      searches,
      shop: (tenant) => catalog.shop(tenant),
      get models() {
        return state.models;
      },
    },
    thread: {
      ask: (tenant, kind, ask) => {
        asked.push([kind, ask]);
        if ('folder' in ask) languages.push([tenant, ask.folder]);
        return Promise.resolve(state.problem as never);
      },
    },
    languageModelOf: () => state.language,
    nowMs: () => state.nowMs,
    onUnreadable: (problem) => problems.push(problem),
  });
  const search = (source: string, queries: Readonly<Record<string, number>>): void => {
    const value = {
      tenant: DEMO,
      source,
      at: new Date(NOW_MS).toISOString(),
      halfLifeSeconds: 3_600,
      queries: Object.entries(queries).map(([query, count]) => ({ query, count })),
    };
    searches.put(`${DEMO}:${source}`, Buffer.from(JSON.stringify(value)));
  };
  return {
    state,
    problems,
    search,
    /** What the thread is asked by the next request. */
    told: () => {
      void wanted.tell(DEMO);
      return asked.splice(0);
    },
    /** Since the last time: whose language models the thread was told of. */
    folders: () => languages.splice(0),
    wanted,
  };
};
const countsOf = (items: Readonly<Record<string, number>>, searches: Readonly<Record<string, number>>) =>
  ['counts', { items: new Map(Object.entries(items)), searches: new Map(Object.entries(searches)) }] as const;

describe('what is wanted', () => {
  it('is what is popular, as far as the shop has it, and what is searched for in all sources', () => {
    const { told, search } = setUp(['bag', 'gone', 'box', 'none']);
    search('one', { 'red bag': 3 });
    search('other', { 'red bag': 4, box: 5 });
    expect(told()).toEqual([countsOf({ bag: 4, box: 4 / 3 }, { 'red bag': 7, box: 5 })]);
  });

  it('is told once, and again when it has changed, but not more often than every five seconds', () => {
    const { state, told, search } = setUp(['bag']);
    expect(told()).toHaveLength(1);
    search('one', { box: 3 });
    state.nowMs += 4_999;
    expect(told()).toEqual([]);
    state.nowMs += 1;
    expect(told()).toHaveLength(1);
    state.nowMs += 5_000;
    expect(told()).toEqual([]);
    state.models = modelsWith('2', ['box']);
    expect(told()).toMatchObject([['counts', { items: new Map([['box', 1]]) }]]);
  });

  it('is not told where there is nothing to tell', () => {
    expect(setUp().told()).toEqual([]);
  });

  it('is told with the language model, whenever that is another or gone', async () => {
    const { state, told, wanted, problems } = setUp();
    state.language = { name: 'demo.language', version: '1', folder: '/models/1', createdMs: 0 };
    expect(told()).toEqual([['language', { folder: '/models/1' }]]);
    expect(told()).toEqual([]);
    expect(await wanted.tell(DEMO)).toBe(state.language);
    // Its number was given again.
    state.language = { ...state.language, createdMs: 1 };
    expect(told()).toEqual([['language', { folder: '/models/1' }]]);
    state.language = { name: 'demo.language', version: '2', folder: '/models/2', createdMs: 0 };
    state.problem = 'is damaged';
    expect(told()).toEqual([['language', { folder: '/models/2' }]]);
    expect(await wanted.tell(DEMO)).toBeUndefined();
    expect(problems).toEqual(['is damaged']);
    state.problem = undefined;
    state.language = undefined;
    expect(told()).toEqual([['language', { folder: undefined }]]);
  });

  it('of more shops than the thread has room for, who asked longest ago is told again', () => {
    const { state, folders, wanted } = setUp();
    const shops = Array.from({ length: 33 }, (_, index) => `shop-${index}` as TenantId);
    const ask = (shop: TenantId | undefined) => {
      if (shop === undefined) return [];
      state.language = { name: `${shop}.language`, version: '1', folder: shop, createdMs: 0 };
      void wanted.tell(shop);
      return folders();
    };
    for (const shop of shops.slice(0, 32)) expect(ask(shop)).toEqual([[shop, shop]]);
    expect(ask(shops[0])).toEqual([]);
    expect(ask(shops[32])).toEqual([
      [shops[1], undefined],
      [shops[32], shops[32]],
    ]);
    expect(ask(shops[0])).toEqual([]);
    expect(ask(shops[1])).toEqual([
      [shops[2], undefined],
      [shops[1], shops[1]],
    ]);
  });

  it('is all told again to another thread', () => {
    const { state, told, wanted, search } = setUp(['bag']);
    state.language = { name: 'demo.language', version: '1', folder: '/models/1', createdMs: 0 };
    search('one', { box: 3 });
    const first = told();
    expect(first).toHaveLength(2);
    expect(told()).toEqual([]);
    wanted.forget();
    expect(told()).toEqual(first);
  });
});
