import { BatchAbandoned, drop, fail, ok, Pipeline } from './index.js';

const gate = () => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
};

describe('a pipeline', () => {
  it('passes values on in order and says what left early, at which step and why', async () => {
    const seen: number[] = [];
    const pipeline = Pipeline.of<number>('test')
      .step(function refuseNegative(n) {
        return n < 0 ? fail('negative', `${n} is below zero`) : ok(n);
      })
      .step(function dropOdd(n) {
        return n % 2 === 1 ? drop('odd') : ok(n);
      })
      .batchStep(function keep(elements) {
        seen.push(...elements.map((element) => element.value));
        return Promise.resolve(elements.map((element) => ok(element.value)));
      });
    const batch = await pipeline.run([1, 2, -3, 4]);
    expect(seen).toEqual([2, 4]);
    expect(batch).toMatchObject({ dropped: [{ record: 1, reason: 'odd' }] });
    expect(batch).toMatchObject({
      failed: [{ record: -3, step: 'refuseNegative', reason: 'negative', detail: '-3 is below zero' }],
    });
  });

  it('groups by key and keeps the order within a group', async () => {
    const groups: [string, string[]][] = [];
    await Pipeline.of<string>('test')
      .groupBy((word) => word.charAt(0))
      .step(function note(words) {
        groups.push([words.key, words.elements.map((element) => element.value)]);
        return ok(words);
      })
      .run(['b1', 'a1', 'b2', 'a2', 'b3']);
    expect(groups).toEqual([
      ['b', ['b1', 'b2', 'b3']],
      ['a', ['a1', 'a2']],
    ]);
  });

  it('lets a second batch into a stage only after the first has left it, also when the first is slow', async () => {
    const slow = gate();
    const trace: string[] = [];
    const pipeline = Pipeline.of<string>('test')
      .batchStep(async function load(elements) {
        trace.push(`load ${elements[0]?.value}`);
        await Promise.resolve();
        return elements.map((element) => ok(element.value));
      })
      .batchStep(async function save(elements) {
        trace.push(`save ${elements[0]?.value}`);
        if (elements[0]?.value === 'first') await slow.opened;
        trace.push(`saved ${elements[0]?.value}`);
        return elements.map((element) => ok(element.value));
      });
    const both = Promise.all([pipeline.run(['first']), pipeline.run(['second'])]);
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    expect([...trace].sort()).toEqual(['load first', 'load second', 'save first']);
    slow.open();
    await both;
    expect(trace.slice(3)).toEqual(['saved first', 'save second', 'saved second']);
  });

  it('lets batches be in an overlapping step together and leave it in their order', async () => {
    const slow = gate();
    const trace: string[] = [];
    const pipeline = Pipeline.of<string>('test')
      .overlappingStep(async function ask(elements) {
        trace.push(`ask ${elements[0]?.value}`);
        if (elements[0]?.value === 'first') await slow.opened;
        trace.push(`asked ${elements[0]?.value}`);
        return elements.map((element) => ok(element.value));
      })
      .step(function decide(value) {
        trace.push(`decide ${value}`);
        return ok(value);
      });
    const both = Promise.all([pipeline.run(['first']), pipeline.run(['second'])]);
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    expect([...trace].sort()).toEqual(['ask first', 'ask second', 'asked second']);
    slow.open();
    await both;
    expect(trace.slice(3)).toEqual(['asked first', 'decide first', 'decide second']);
  });

  it('lets nothing leave an overlapping step after an earlier batch threw in it', async () => {
    const decided: string[] = [];
    const slow = gate();
    const pipeline = Pipeline.of<string>('test')
      .overlappingStep(async function ask(elements) {
        if (elements[0]?.value === 'bad') {
          await slow.opened;
          throw new TypeError('bug');
        }
        return elements.map((element) => ok(element.value));
      })
      .step(function decide(value) {
        decided.push(value);
        return ok(value);
      });
    const outcomes = Promise.allSettled([pipeline.run(['bad']), pipeline.run(['good'])]);
    slow.open();
    expect((await outcomes).map((outcome) => outcome.status)).toEqual(['rejected', 'rejected']);
    expect(decided).toEqual([]);
  });

  it('lets nothing pass a stage after a step threw there', async () => {
    const saved: string[] = [];
    const pipeline = Pipeline.of<string>('test').batchStep(function save(elements) {
      if (elements[0]?.value === 'bad') return Promise.reject(new TypeError('bug'));
      saved.push(...elements.map((element) => element.value));
      return Promise.resolve(elements.map((element) => ok(element.value)));
    });
    const outcomes = await Promise.allSettled([pipeline.run(['bad']), pipeline.run(['good'])]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected']);
    expect(saved).toEqual([]);
  });

  it('lets the next batch through after one was abandoned', async () => {
    const saved: string[] = [];
    const pipeline = Pipeline.of<string>('test').batchStep(function save(elements, batch) {
      batch.ensureCurrent();
      saved.push(...elements.map((element) => element.value));
      return Promise.resolve(elements.map((element) => ok(element.value)));
    });
    const outcomes = await Promise.all([pipeline.run(['lost'], () => false), pipeline.run(['kept'])]);
    expect(outcomes[0]).toBe('abandoned');
    expect(saved).toEqual(['kept']);
    expect(new BatchAbandoned().canRetry).toBe(true);
  });

  it('runs batch steps for a batch whose elements all left early', async () => {
    let ran = 0;
    await Pipeline.of<number>('test')
      .step(function dropAll() {
        return drop('all');
      })
      .batchStep(function save(elements) {
        ran += 1;
        return Promise.resolve(elements.map(() => ok(0)));
      })
      .run([1, 2]);
    expect(ran).toBe(1);
  });

  it('refuses a batch step that loses an element', async () => {
    const pipeline = Pipeline.of<number>('test').batchStep(function lossy() {
      return Promise.resolve([]);
    });
    await expect(pipeline.run([1])).rejects.toThrow('Step lossy got 1 elements and gave 0 results.');
  });
});
