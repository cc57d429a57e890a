import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SeededRandom, Trainer } from '@offerstream/autodiff';
import type { Tensors } from '@offerstream/onnx-runtime';
import { inheritedEnvironment } from './config.js';
import { machine, report } from './machine.js';
import { median } from './median.js';
import { REFERENCE_LSTM, referenceLoss } from './reference-lstm.js';

const SCRIPT = fileURLToPath(new URL('../lstm-step.py', import.meta.url));
const SETTINGS = {
  ...REFERENCE_LSTM.sizes,
  batch: 32,
  steps: 35,
  learningRate: 0.001,
  clipNorm: 1,
  warmUp: 3,
  timed: 15,
};
const THREADS = [1, 2];
/** Each is measured so often, in turn, so that what slows the machine for a while slows both. */
const ROUNDS = 2;

interface Steps {
  readonly milliseconds: readonly number[];
  /** Of the last step, on words without any order: about ln 10,000 and less with every step. */
  readonly loss: number;
}

/** A training step of the reference LSTM (forward, gradient, clipping, Adam; float32) beside the same in PyTorch. */
export const benchLstmStep = async (): Promise<string | undefined> => {
  const version = await torchVersion();
  if (version === undefined) return 'python3 on the path has no PyTorch';
  for (const threads of THREADS) {
    const own: Steps[] = [];
    const torch: Steps[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      own.push(await timeSteps(threads));
      torch.push(await timeTorch(threads));
    }
    const [ownMs, torchMs] = [own, torch].map(medianOf) as [number, number];
    report({
      bench: 'language',
      part: 'lstm-step',
      threads,
      milliseconds: ownMs,
      torchMilliseconds: torchMs,
      /** Above 1 where it takes less time than PyTorch. */
      speedOfTorch: Math.round((100 * torchMs) / ownMs) / 100,
      tokensPerSecond: Math.round((1_000 * SETTINGS.batch * SETTINGS.steps) / ownMs),
      loss: own.at(-1)?.loss,
      torchLoss: torch.at(-1)?.loss,
      torch: version,
      settings: { ...SETTINGS, rounds: ROUNDS },
      machine: machine(),
    });
  }
  return undefined;
};

const timeSteps = async (threads: number): Promise<Steps> => {
  const { batch, steps, learningRate, clipNorm, warmUp, timed } = SETTINGS;
  const random = new SeededRandom(1);
  const trainer = await Trainer.open({ model: referenceLoss, random: random.next, adam: { clipNorm }, threads });
  const feeds = (): Tensors => {
    const words = BigInt64Array.from({ length: (steps + 1) * batch }, () =>
      BigInt(Math.floor(random.next() * REFERENCE_LSTM.vocabularySize)),
    );
    return {
      tokens: { dtype: 'int64', dims: [steps, batch], data: words.slice(0, steps * batch) },
      targets: { dtype: 'int64', dims: [steps, batch], data: words.slice(batch) },
    };
  };
  const milliseconds: number[] = [];
  let loss = NaN;
  for (let step = 0; step < warmUp + timed; step++) {
    const words = feeds();
    const began = performance.now();
    ({ loss } = await trainer.step(words, learningRate));
    if (step >= warmUp) milliseconds.push(performance.now() - began);
  }
  await trainer.close();
  return { milliseconds, loss };
};

const timeTorch = async (threads: number): Promise<Steps> =>
  JSON.parse(await python(SCRIPT, JSON.stringify({ ...SETTINGS, threads }))) as Steps;

const medianOf = (rounds: readonly Steps[]): number => {
  const all = rounds.flatMap(({ milliseconds }) => milliseconds);
  return Math.round(10 * median(all)) / 10;
};

/** Undefined where there is no Python, or none with PyTorch. */
const torchVersion = (): Promise<string | undefined> =>
  python('-c', 'import torch; print(torch.__version__)').catch(() => undefined);

const python = async (...args: readonly string[]): Promise<string> => {
  const running = promisify(execFile)('python3', args, { env: inheritedEnvironment });
  // An interrupted measurement leaves nothing running.
  const stop = (): boolean => running.child.kill();
  process.once('exit', stop);
  try {
    return (await running).stdout.trim();
  } finally {
    process.off('exit', stop);
  }
};
