import { removeVersion, storeVersion, type StoredVersion, type VersionContents } from '@offerstream/learning';
import type { Line } from '../line/line.js';
import { untilServed } from './until-served.js';

/** Where a trained model goes. */
export interface Destination {
  /** The model repository. */
  readonly repository: string;
  /** Address of the inference that serves it; undefined where none does. */
  readonly inference: string | undefined;
}

/**
 * The line's own repository, whose inference serves; or another folder, and nothing else.
 *
 * @throws RunStateError
 */
export const destinationOf = async (line: Line, models: string | undefined): Promise<Destination> =>
  models === undefined
    ? { repository: await line.modelsDir(), inference: await line.inferenceAddress() }
    : { repository: models, inference: undefined };

/** What a trained model is stored with, beside what it is made of. */
export interface TrainedContents extends VersionContents {
  readonly card: string;
  /** JSON. */
  readonly metrics: object;
}

/**
 * Makes contents the next version of a model, and waits until inference serves what it has to. Whatever ends this before takes the
 * version away again.
 *
 * @throws TrainError `model-not-served`; LearningError; the signal's reason when it aborts
 */
export const storeUntilServed = async (
  { repository, inference }: Destination,
  name: string,
  { served, beside, card, metrics }: TrainedContents,
  signal: AbortSignal,
): Promise<StoredVersion> => {
  const stored = await storeVersion(repository, name, {
    ...(served !== undefined && { served }),
    beside: { ...beside, 'card.md': card, 'metrics.json': `${JSON.stringify(metrics, null, 2)}\n` },
  });
  try {
    if (served !== undefined && inference !== undefined) {
      await untilServed(inference, { models: [name], version: stored.version, signal });
    }
  } catch (error) {
    await removeVersion(repository, name, stored.version);
    throw error;
  }
  return stored;
};

/** What is said of a version that was stored: its card, and where it is. */
export const storedText = ({ name, version, path }: StoredVersion, card: string, { inference }: Destination): string =>
  `${card}\nVersion ${version} of ${name} is in ${path}${inference === undefined ? '' : ' and serves'}.\n`;
