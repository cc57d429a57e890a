import { OnnxRuntimeError } from './errors.js';
import { ProviderChoice, type OpenSession } from './provider-choice.js';
import type { Provider, Session } from './session.js';

interface Behaviour {
  readonly runMs: number;
  readonly answer: number;
}

/** Sessions that answer with one number and take their time on a clock of their own. */
const stage = (behaviours: Partial<Record<Provider, Behaviour>>) => {
  let clock = 0;
  const opened: string[] = [];
  const closed: Provider[] = [];
  const open: OpenSession = (model, options) => {
    const provider = options?.provider ?? 'cpu';
    const what = typeof model === 'string' ? model : 'probe';
    opened.push(`${what} on ${provider}`);
    const behaviour = behaviours[provider];
    if (behaviour === undefined)
      return Promise.reject(new OnnxRuntimeError('provider-unavailable', `no library of ${provider}`));
    const session: Session = {
      provider,
      inputs: [{ name: 'x', dtype: 'float32', shape: ['B'], optional: false }],
      outputs: [{ name: 'y', dtype: 'float32', shape: ['B'] }],
      run: () => {
        clock += behaviour.runMs;
        return Promise.resolve({ y: { dtype: 'float32', dims: [1], data: Float32Array.of(behaviour.answer) } });
      },
      close: () => {
        if (what !== 'probe') closed.push(provider);
        return Promise.resolve();
      },
    };
    return Promise.resolve(session);
  };
  return { choice: new ProviderChoice(open, () => clock), opened, closed };
};

describe('ProviderChoice', () => {
  test('takes the faster provider when it answers as cpu does, and closes the other', async () => {
    const { choice, closed } = stage({ cpu: { runMs: 5, answer: 1 }, cuda: { runMs: 2, answer: 1.00001 } });
    const { session, report } = await choice.load('model', ['cuda', 'cpu']);
    expect(session.provider).toBe('cuda');
    expect(report).toEqual({
      provider: 'cuda',
      attempts: [
        { provider: 'cpu', outcome: 'slower', milliseconds: 5 },
        { provider: 'cuda', outcome: 'chosen', milliseconds: 2 },
      ],
    });
    expect(closed).toEqual(['cpu']);
  });

  test('leaves a faster provider that answers differently', async () => {
    const { choice, closed } = stage({ cpu: { runMs: 5, answer: 1 }, webgpu: { runMs: 1, answer: 2 } });
    const { report } = await choice.load('model', ['webgpu', 'cpu']);
    expect(report.provider).toBe('cpu');
    expect(report.attempts).toContainEqual({
      provider: 'webgpu',
      outcome: 'different answers',
      detail: `100.0 % of "y" differ from cpu's`,
    });
    expect(closed).toEqual(['webgpu']);
  });

  test('leaves a slower provider', async () => {
    const { choice } = stage({ cpu: { runMs: 5, answer: 1 }, cuda: { runMs: 6, answer: 1 } });
    expect((await choice.load('model', ['cuda', 'cpu'])).session.provider).toBe('cpu');
  });

  test('reports a missing provider with its reason and does not look for it again with the next model', async () => {
    const { choice, opened } = stage({ cpu: { runMs: 5, answer: 1 } });
    for (const model of ['one', 'two']) {
      const { report } = await choice.load(model, ['cuda', 'cpu']);
      expect(report.attempts).toContainEqual({
        provider: 'cuda',
        outcome: 'unavailable',
        detail: 'no library of cuda',
      });
    }
    expect(opened).toEqual(['one on cpu', 'probe on cuda', 'two on cpu']);
  });
});
