import { LmdbProfileReader } from './lmdb-profile-reader.js';
import { LmdbProfileStore } from './lmdb-profile-store.js';
import type { ProfileReader, ProfileStore } from './profile-store.js';
import { ValkeyProfileReader, type ValkeyOptions } from './valkey-profile-reader.js';
import { ValkeyProfileStore } from './valkey-profile-store.js';

/** A folder of this machine, or a server or cluster of the Redis protocol (`readValkeyUrl` says how its URL looks). */
export type ProfileLocation = { readonly folder: string } | { readonly url: string };

/**
 * The store for its one writer. A folder is made when missing; a server is waited for.
 *
 * @throws InvalidProfileStoreUrl
 */
export const openProfileStore = (location: ProfileLocation, options: ValkeyOptions = {}): ProfileStore =>
  'folder' in location ? new LmdbProfileStore(location.folder) : new ValkeyProfileStore(location.url, options);

/**
 * The store for those who only read. A folder may be made later, by the writer; with `commandTimeoutMs` a server that is away
 * is not waited for longer.
 *
 * @throws InvalidProfileStoreUrl
 */
export const openProfileReader = (location: ProfileLocation, options: ValkeyOptions = {}): ProfileReader =>
  'folder' in location ? new LmdbProfileReader(location.folder) : new ValkeyProfileReader(location.url, options);
