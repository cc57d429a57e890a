import { FewAtOnce } from './few-at-once.js';

/** Work that ends when it is told to. */
const workbench = () => {
  const started: number[] = [];
  const ends = new Map<number, { readonly done: () => void; readonly fail: (error: Error) => void }>();
  const start = (id: number) => () =>
    new Promise<number>((resolve, fail) => {
      started.push(id);
      ends.set(id, { done: () => resolve(id), fail });
    });
  return { started, start, end: (id: number) => ends.get(id) };
};

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('as many run as may, the others in the order in which they came', async () => {
  const { started, start, end } = workbench();
  const few = new FewAtOnce(2);
  const results = [1, 2, 3, 4].map((id) => few.run(start(id)));
  await settled();
  expect(started).toEqual([1, 2]);
  end(2)?.done();
  await settled();
  expect(started).toEqual([1, 2, 3]);
  end(1)?.done();
  end(3)?.done();
  await settled();
  end(4)?.done();
  expect(await Promise.all(results)).toEqual([1, 2, 3, 4]);
});

test('work that fails gives its place back', async () => {
  const { started, start, end } = workbench();
  const few = new FewAtOnce(1);
  const failing = few.run(start(1));
  const next = few.run(start(2));
  await settled();
  end(1)?.fail(new Error('broken'));
  await expect(failing).rejects.toThrow('broken');
  await settled();
  expect(started).toEqual([1, 2]);
  end(2)?.done();
  expect(await next).toBe(2);
});

test('who comes while a place is handed on has to wait', async () => {
  const { started, start, end } = workbench();
  const few = new FewAtOnce(1);
  const first = few.run(start(1));
  void few.run(start(2));
  await settled();
  end(1)?.done();
  await first;
  void few.run(start(3));
  await settled();
  expect(started).toEqual([1, 2]);
});

test('who goes away while they wait is not worked for, and keeps nobody waiting', async () => {
  const { started, start, end } = workbench();
  const few = new FewAtOnce(1);
  const leaving = new AbortController();
  const first = few.run(start(1));
  const left = few.run(start(2), { signal: leaving.signal }).catch((error: unknown) => error);
  const last = few.run(start(3));
  leaving.abort('gone');
  expect(await left).toBe('gone');
  end(1)?.done();
  await first;
  await settled();
  expect(started).toEqual([1, 3]);
  end(3)?.done();
  expect(await last).toBe(3);
});

test('who goes away as their turn comes hands the place on', async () => {
  const { started, start, end } = workbench();
  const few = new FewAtOnce(1);
  const leaving = new AbortController();
  const first = start(1)();
  void few.run(() => first);
  const left = few.run(start(2), { signal: leaving.signal }).catch((error: unknown) => error);
  void few.run(start(3));
  await settled();
  // After the place was handed on, and before it is taken.
  void first.then(() => leaving.abort('gone'));
  end(1)?.done();
  expect(await left).toBe('gone');
  await settled();
  expect(started).toEqual([1, 3]);
});

test('owners take turns, however much one of them has brought', async () => {
  const { started, start, end } = workbench();
  const few = new FewAtOnce(1);
  const leaving = new AbortController();
  void few.run(start(1), { owner: 'a' });
  void few.run(start(2), { owner: 'a' });
  void few.run(start(3), { owner: 'a' });
  void few.run(start(4), { owner: 'b' });
  const left = few.run(start(5), { owner: 'c', signal: leaving.signal });
  void few.run(start(6), { owner: 'b' });
  leaving.abort('gone');
  await expect(left).rejects.toBe('gone');
  for (const id of [1, 2, 4, 3, 6]) {
    await settled();
    expect(started.at(-1)).toBe(id);
    end(id)?.done();
  }
});

test('as many run as may, and an owner that wants much keeps nobody waiting', async () => {
  const { started, start, end } = workbench();
  const few = new FewAtOnce(2);
  const results = [1, 2, 3, 4].map((id) => few.run(start(id), { owner: 'big' }));
  results.push(few.run(start(5), { owner: 'small' }));
  await settled();
  expect(started).toEqual([1, 2]);
  for (const id of [1, 2, 3, 5, 4]) {
    end(id)?.done();
    await settled();
  }
  expect(started).toEqual([1, 2, 3, 5, 4]);
  expect(await Promise.all(results)).toEqual([1, 2, 3, 4, 5]);
});

test('so many of an owner wait, and one more is refused', async () => {
  const { started, start, end } = workbench();
  const busy = new Error('busy');
  const few = new FewAtOnce(1, { mostWaiting: 2, busy: () => busy });
  for (const id of [1, 2, 3]) void few.run(start(id), { owner: 'big' });
  await expect(few.run(start(4), { owner: 'big' })).rejects.toBe(busy);
  void few.run(start(5), { owner: 'small' });
  for (const id of [1, 2, 5, 3]) {
    end(id)?.done();
    await settled();
  }
  expect(started).toEqual([1, 2, 5, 3]);
});

test('who goes away while they wait leaves their place to another', async () => {
  const { started, start, end } = workbench();
  const few = new FewAtOnce(1, { mostWaiting: 1, busy: () => new Error('busy') });
  const leaving = new AbortController();
  void few.run(start(1));
  const left = few.run(start(2), { signal: leaving.signal });
  leaving.abort('gone');
  await expect(left).rejects.toBe('gone');
  void few.run(start(3));
  end(1)?.done();
  await settled();
  expect(started).toEqual([1, 3]);
});

test('who is gone before they come is not worked for', async () => {
  const { started, start } = workbench();
  await expect(new FewAtOnce(1).run(start(1), { signal: AbortSignal.abort('gone') })).rejects.toBe('gone');
  expect(started).toEqual([]);
});
