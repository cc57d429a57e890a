import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { FaultPoints } from './fault-points.js';

const outcomeOf = (faults: FaultPoints, point: string): string => {
  try {
    faults.reach(point);
    return 'passed';
  } catch (error) {
    return String(error);
  }
};

describe('fault points', () => {
  it('are off by default', () => {
    expect(outcomeOf(new FaultPoints(''), 'before-save')).toBe('passed');
  });

  it('throw a TypeError at their own point, once', () => {
    const faults = new FaultPoints('before-save=throw,after-save=throw');
    expect(['elsewhere', 'before-save', 'before-save', 'after-save'].map((point) => outcomeOf(faults, point))).toEqual([
      'passed',
      'TypeError: fault point before-save',
      'passed',
      'TypeError: fault point after-save',
    ]);
  });

  it('fire at the n-th passing', () => {
    const faults = new FaultPoints('before-save=throw@3');
    const outcomes = Array.from({ length: 5 }, () => outcomeOf(faults, 'before-save') !== 'passed');
    expect(outcomes).toEqual([false, false, true, false, false]);
  });

  it.each([['kill', 'SIGKILL']])('%s ends the process with %s, with nothing run afterwards', async (action, signal) => {
    const built = new URL('../dist/fault-points.js', import.meta.url).href;
    const script = `const { FaultPoints } = await import('${built}');
      const faults = new FaultPoints('here=${action}');
      process.stdout.write('before');
      faults.reach('here');
      process.stdout.write('after');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let written = '';
    child.stdout.on('data', (chunk: Buffer) => (written += chunk.toString()));
    expect(await once(child, 'close')).toEqual([null, signal]);
    expect(written).toBe('before');
  });

  it.each(['here', 'here=explode', 'here=kill@0', 'Here=kill', 'here=kill@x', 'here=kill;there=kill'])(
    'are refused as %s, with the part named',
    (setting) => {
      expect(FaultPoints.areReadable(setting)).toBe(false);
      expect(() => new FaultPoints(`ok=stop,${setting}`)).toThrow(`"${setting}"`);
    },
  );
});
