import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SeededRandom, Trainer, type AdamOptions, type Model, type TrainedOutputs } from '@offerstream/autodiff';
import type { Tensors } from '@offerstream/onnx-runtime';
import { inheritedEnvironment } from './config.js';
import { machine, report } from './machine.js';
import { median } from './median.js';

const THREADS = [1, 2];
/** Each is measured so often, in turn, so that what slows the machine for a while slows both. */
const ROUNDS = 2;
const WARM_UP = 3;
const TIMED = 15;

export interface TrainingStep {
  /** Of the figures. */
  readonly bench: string;
  readonly part: string;
  /** Of the folder `bench`: the same step in PyTorch, which is given the settings and the numbers of steps and threads. */
  readonly script: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly model: Model<TrainedOutputs>;
  readonly adam?: AdamOptions;
  readonly learningRate: number;
  /** What a step learns from. */
  readonly feeds: (random: () => number) => Tensors;
  /** What is counted a second, and how many of it a step has. */
  readonly counted: readonly [name: string, inAStep: number];
}

interface Steps {
  readonly milliseconds: readonly number[];
  /** Of the last step, on data without any order. */
  readonly loss: number;
}

/** A training step here (forward, gradient, Adam; float32) beside the same in PyTorch. Gives the reason where that can't be had. */
export const besideTorch = async (step: TrainingStep): Promise<string | undefined> => {
  const { bench, part, settings, counted } = step;
  const version = await torchVersion();
  if (version === undefined) return 'python3 on the path has no PyTorch';
  for (const threads of THREADS) {
    const own: Steps[] = [];
    const torch: Steps[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      own.push(await timeSteps(step, threads));
      torch.push(await timeTorch(step, threads));
    }
    const [ownMs, torchMs] = [own, torch].map(medianOf) as [number, number];
    report({
      bench,
      part,
      threads,
      milliseconds: ownMs,
      torchMilliseconds: torchMs,
      /** Above 1 where it takes less time than PyTorch. */
      speedOfTorch: Math.round((100 * torchMs) / ownMs) / 100,
      [`${counted[0]}PerSecond`]: Math.round((1_000 * counted[1]) / ownMs),
      loss: own.at(-1)?.loss,
      torchLoss: torch.at(-1)?.loss,
      torch: version,
      settings: { ...settings, warmUp: WARM_UP, timed: TIMED, rounds: ROUNDS },
      machine: machine(),
    });
  }
  return undefined;
};

const timeSteps = async ({ model, adam = {}, learningRate, feeds }: TrainingStep, threads: number): Promise<Steps> => {
  const random = new SeededRandom(1).next;
  const trainer = await Trainer.open({ model, random, adam, threads });
  const milliseconds: number[] = [];
  let loss = NaN;
  for (let step = 0; step < WARM_UP + TIMED; step++) {
    const data = feeds(random);
    const began = performance.now();
    ({ loss } = await trainer.step(data, learningRate));
    if (step >= WARM_UP) milliseconds.push(performance.now() - began);
  }
  await trainer.close();
  return { milliseconds, loss };
};

const timeTorch = async ({ script, settings }: TrainingStep, threads: number): Promise<Steps> => {
  const path = fileURLToPath(new URL(`../${script}`, import.meta.url));
  return JSON.parse(
    await python(path, JSON.stringify({ ...settings, warmUp: WARM_UP, timed: TIMED, threads })),
  ) as Steps;
};

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
