import { itemHash, subjectKey } from '@offerstream/contracts';
import { fold, Profile } from '@offerstream/profile';
import { LmdbProfileStore, type ProfileChange } from '@offerstream/profile-store';
import { itemId, randomFrom, subjectId, TENANT } from './shop.js';

const HISTORY = 50;

/**
 * Gives every shopper a full history, so that a measurement does not begin with shoppers of whom nothing is known.
 *
 * @param publicationOf what is stored for a shopper's publication; nothing by default
 */
export const fillStore = async (
  folder: string,
  { subjects, items, seed }: { readonly subjects: number; readonly items: number; readonly seed: number },
  publicationOf: (subject: number) => Buffer | undefined = () => undefined,
): Promise<void> => {
  const store = new LmdbProfileStore(folder);
  const random = randomFrom(seed);
  for (let from = 0; from < subjects; from += 1_000) {
    const changes: ProfileChange[] = [];
    for (let subject = from; subject < Math.min(from + 1_000, subjects); subject++) {
      const profile = Profile.empty();
      for (let index = 0; index < HISTORY; index++)
        fold(profile, {
          // Of a partition that does not exist, so that no guard stands in the way.
          partition: 1_000_000,
          offset: index,
          fingerprint: index,
          timeSeconds: 1_700_000_000 + index * 60,
          interactions: [{ itemHash: itemHash(TENANT, itemId(Math.floor(random() * items))), action: 1 }],
        });
      profile.raiseVersion();
      changes.push({ key: subjectKey(TENANT, subjectId(subject)), profile, publication: publicationOf(subject) });
    }
    await store.save({ changes, positions: new Map() });
  }
  await store.close();
};
