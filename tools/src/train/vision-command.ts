import { ownImageModelOf, type TenantId } from '@offerstream/contracts';
import { imageClassifierCard, imageClassifierMetrics, imageModelFiles } from '@offerstream/vision';
import type { Command } from 'commander';
import { Line } from '../line/line.js';
import { command, modelsOption, tenantOption } from '../line/program.js';
import { learnPhotos } from '../vision/learn-photos.js';
import { withVisionOptions, type VisionOptions } from '../vision/vision-options.js';
import { destinationOf, storedText, storeUntilServed } from './store-until-served.js';
import { tellUnknownTenant } from './tell-unknown-tenant.js';
import { withTrainingBar } from './training-bar.js';

interface Options extends VisionOptions {
  readonly data: string;
  readonly tenant: TenantId;
  readonly models?: string;
}

/** `train vision`: from photos to a version that serves. */
export const visionCommand = (signal: AbortSignal): Command =>
  withVisionOptions(
    command('vision', 'Trains a classifier of photos on the shop’s own and brings it to serve.')
      .option(...tenantOption)
      .option(...modelsOption),
  ).action((options: Options) => train(options, signal));

const train = async (options: Options, signal: AbortSignal): Promise<void> => {
  const { data, tenant, models } = options;
  const line = new Line(data);
  // Told before a long training that nothing could take its outcome.
  const destination = await destinationOf(line, models);
  await withTrainingBar(signal, async (bar) => {
    await tellUnknownTenant(line, destination, tenant, { bar, signal });
    const { repository } = destination;
    const learned = await learnPhotos({ options, repository, bar, signal });
    const name = ownImageModelOf(tenant);
    const metrics = imageClassifierMetrics(learned);
    const { card, pictures } = imageClassifierCard(name, metrics);
    const { description, model } = learned.classifier;
    const { served, beside } = imageModelFiles(description, model);
    bar.update(1, 'storing it');
    const contents = { served, beside: { ...beside, ...pictures }, card, metrics };
    const stored = await storeUntilServed(destination, name, contents, signal);
    bar.stop();
    process.stdout.write(storedText(stored, card, destination));
  });
};
