import type { ItemId } from '@offerstream/contracts';
import { Catalog, keepDescribed } from '@offerstream/decisioning';
import { DEMO } from '../shop.fixture.js';
import type { Ask } from './search-messages.js';
import type { ServingEncoder } from '../models/model-folder.js';
import { TitleVectors } from './title-vectors.js';

const ENCODER: ServingEncoder = { name: 'meaning', version: '1', folder: '/meaning/1', createdMs: 0, dimensions: 2 };

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
};

const setUp = () => {
  const catalog = new Catalog(keepDescribed());
  const embedded: string[][] = [];
  const told: Ask<'vectors'>[] = [];
  const failures: unknown[] = [];
  const state = { encoder: ENCODER as ServingEncoder | undefined, failing: false, tries: 0 };
  const vectors = new TitleVectors({
    tables: catalog,
    thread: {
      ask: (_tenant, _kind, ask) => {
        told.push(ask as Ask<'vectors'>);
        return Promise.resolve(undefined as never);
      },
    },
    embedder: {
      encoderOf: () => state.encoder,
      embed: (_tenant, _encoder, texts) => {
        state.tries += 1;
        if (state.failing) return Promise.reject(new Error('away'));
        embedded.push([...texts]);
        return Promise.resolve({ vectors: new Float32Array(2 * texts.length).fill(1), tokens: 1 });
      },
    },
    onFailed: (error) => failures.push(error),
  });
  const put = (id: string, item: object | null): void => {
    catalog.put(DEMO, id as ItemId, item === null ? null : Buffer.from(JSON.stringify({ id, ...item })));
    const state = item === null ? undefined : { title: undefined, categories: [], available: true };
    vectors.note(DEMO, [{ id: id as ItemId, state }]);
  };
  return { vectors, state, embedded, told, failures, put };
};

describe('vectors of titles', () => {
  let parts: ReturnType<typeof setUp>;
  beforeEach(() => {
    parts = setUp();
    void parts.vectors.run();
  });
  afterEach(() => parts.vectors.stop());

  it('are made in batches and told with their space', async () => {
    for (let number = 0; number < 70; number++) parts.put(`i${number}`, { title: `Title ${number}` });
    await until(() => parts.embedded.length === 3);
    expect(parts.embedded.map(({ length }) => length)).toEqual([32, 32, 6]);
    expect(parts.told[0]).toMatchObject({ space: { encoder: 'meaning/1@0', dimensions: 2 }, vectors: { length: 64 } });
    expect(parts.told.flatMap(({ items }) => items)).toHaveLength(70);
  });

  it('are made again for another title only, and for what was gone', async () => {
    parts.put('bag', { title: 'Bag' });
    await until(() => parts.embedded.length === 1);
    parts.put('bag', { title: 'Bag', price: 3 });
    parts.put('bag', { title: 'Bag', available: false });
    parts.put('bag', { title: 'Bag', price: 4 });
    parts.put('hidden', { title: 'Hidden', available: false });
    parts.put('none', {});
    parts.put('blank', { title: '  ' });
    parts.put('box', { title: 'Box' });
    await until(() => parts.embedded.length === 2);
    parts.put('bag', { title: 'Sack' });
    await until(() => parts.embedded.length === 3);
    parts.put('box', null);
    parts.put('box', { title: 'Box' });
    await until(() => parts.embedded.length === 4);
    expect(parts.embedded).toEqual([['Bag'], ['Box'], ['Sack'], ['Box']]);
  });

  it('are all made again by another encoder, and by none where there is none', async () => {
    parts.put('bag', { title: 'Bag' });
    await until(() => parts.embedded.length === 1);
    parts.state.encoder = undefined;
    parts.put('box', { title: 'Box' });
    parts.state.encoder = { ...ENCODER, version: '2' };
    await until(() => parts.told.length === 2);
    expect(parts.embedded[1]?.sort()).toEqual(['Bag', 'Box']);
    expect(parts.told[1]?.space.encoder).toBe('meaning/2@0');
    // Its number was given again.
    parts.state.encoder = { ...ENCODER, version: '2', createdMs: 1 };
    await until(() => parts.told.length === 3);
    expect(parts.told[2]?.items).toHaveLength(2);
  });

  it('wait while the encoder does not answer', async () => {
    parts.state.failing = true;
    parts.put('bag', { title: 'Bag' });
    await until(() => parts.state.tries > 1);
    parts.state.failing = false;
    await until(() => parts.told.length === 1);
    expect([parts.embedded, parts.failures]).toEqual([[['Bag']], [new Error('away')]]);
    parts.state.failing = true;
    parts.put('bag', { title: 'Sack' });
    await until(() => parts.failures.length === 2);
  });

  it('are made again for another thread', async () => {
    parts.put('bag', { title: 'Bag' });
    await until(() => parts.embedded.length === 1);
    parts.vectors.forget();
    parts.put('bag', { title: 'Bag' });
    await until(() => parts.embedded.length === 2);
    expect(parts.embedded).toEqual([['Bag'], ['Bag']]);
  });
});
