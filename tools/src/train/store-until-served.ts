import { removeVersion, storeVersion, type StoredVersion, type VersionContents } from '@offerstream/learning';
import { untilServed } from './until-served.js';

/**
 * Makes contents the next version of a model, and waits until inference serves what it has to. Whatever ends this before takes the
 * version away again.
 *
 * @param inference address of the inference that serves the repository; undefined where none does
 * @throws TrainError `model-not-served`; LearningError; the signal's reason when it aborts
 */
export const storeUntilServed = async (
  repository: string,
  name: string,
  contents: VersionContents,
  { inference, signal }: { readonly inference: string | undefined; readonly signal: AbortSignal },
): Promise<StoredVersion> => {
  const stored = await storeVersion(repository, name, contents);
  try {
    if (contents.served !== undefined && inference !== undefined) {
      await untilServed(inference, { models: [name], version: stored.version, signal });
    }
  } catch (error) {
    await removeVersion(repository, name, stored.version);
    throw error;
  }
  return stored;
};
