import { writeFile } from 'node:fs/promises';
import { machineFacts } from '@offerstream/infra';
import { imageClassifierMetrics } from '@offerstream/vision';
import type { Command } from 'commander';
import { Line } from '../line/line.js';
import { command } from '../line/program.js';
import { withTrainingBar } from '../train/training-bar.js';
import { learnPhotos } from '../vision/learn-photos.js';
import { withVisionOptions, type VisionOptions } from '../vision/vision-options.js';
import { visionReportText } from './vision-report.js';

interface Options extends VisionOptions {
  readonly data: string;
  readonly models?: string;
  readonly json?: string;
}

/** `evaluate vision`: what a classifier of photos scores on those that it has not seen. */
export const visionCommand = (signal: AbortSignal): Command =>
  withVisionOptions(
    command('vision', 'Learns from a part of the photos, chooses settings on another, and measures on a third.')
      .option('--models <dir>', 'the model repository that has the backbone (default: that of the line)')
      .option('--json <file>', 'write the report there, too'),
  ).action((options: Options) => evaluate(options, signal));

const evaluate = async (options: Options, signal: AbortSignal): Promise<void> => {
  const { data, images, labels, models, json } = options;
  const began = performance.now();
  await withTrainingBar(signal, async (bar) => {
    const repository = models ?? new Line(data).repository;
    const learned = await learnPhotos({ options, repository, bar, signal });
    const report = {
      from: images ?? labels ?? '',
      ...imageClassifierMetrics(learned),
      seconds: (performance.now() - began) / 1_000,
      machine: machineFacts(),
    };
    bar.stop();
    process.stdout.write(visionReportText(report));
    if (json !== undefined) await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
  });
};
