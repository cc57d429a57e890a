import type { SubjectKey } from '@offerstream/contracts';
import { decodePublication, type Message } from '@offerstream/decisioning';
import type { RawRecord } from '@offerstream/kafka';
import { ok, type BatchStep, type Group } from '@offerstream/pipeline';
import { Profile } from '@offerstream/profile';
import type { ProfileStore } from '@offerstream/profile-store';
import type { ReadEvent } from '../clickstream-record.js';
import type { Positions } from '../positions.js';
import type { UnsavedProfiles } from '../unsaved-profiles.js';
import type { Visit } from '../visit.js';

/** One read a batch. A profile that an earlier batch has folded and not saved yet is taken from there. */
export const loadProfiles = (
  store: Pick<ProfileStore, 'profiles' | 'publications'>,
  unsaved: UnsavedProfiles,
  positions: Pick<Positions, 'isBehind'>,
): BatchStep<RawRecord, Group<RawRecord, SubjectKey, ReadEvent>, Visit> =>
  async function loadProfiles(elements) {
    const inWork = elements.map(({ value }) => unsaved.get(value.key));
    const stored = await store.profiles(
      elements.filter((_, index) => inWork[index] === undefined).map(({ value }) => value.key),
    );
    let next = 0;
    const visits = elements.map(({ value }, index) => {
      const newest = value.elements[value.elements.length - 1];
      if (newest === undefined) throw new TypeError('A group has at least one event.');
      const { tenant, subject } = newest.value;
      // The earlier batch still saves the profile as it is, so this one goes on with a copy.
      const profile = inWork[index]?.copy() ?? stored[next++] ?? Profile.empty();
      return { key: value.key, tenant, subject, events: value.elements, profile };
    });
    const again = await storedMessages(
      visits.filter((visit) => hasRepeated(visit, positions)),
      store,
    );
    return visits.map((visit) => ok({ ...visit, again: again.get(visit.key) ?? NO_MESSAGES }));
  };

const NO_MESSAGES: readonly Message[] = [];

type Loaded = Omit<Visit, 'again'>;

const hasRepeated = ({ events, profile }: Loaded, positions: Pick<Positions, 'isBehind'>): boolean =>
  events.some(({ record }) => positions.isBehind(record) || profile.hasApplied(record.partition, record.offset));

/** Read here, before this batch replaces what was stored. */
const storedMessages = async (
  visits: readonly Loaded[],
  store: Pick<ProfileStore, 'publications'>,
): Promise<ReadonlyMap<SubjectKey, readonly Message[]>> => {
  if (visits.length === 0) return new Map();
  const publications = await store.publications(visits.map(({ key }) => key));
  return new Map(
    visits.flatMap(({ key }, index) => {
      const publication = publications[index];
      return publication === undefined ? [] : [[key, decodePublication(publication)] as const];
    }),
  );
};
