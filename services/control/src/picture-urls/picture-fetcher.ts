import type { TenantId } from '@offerstream/contracts';
import { DatabaseUnavailable, MAX_PICTURES, type ClaimedFetch, type Database } from '@offerstream/database';
import { ImageRefusal } from '@offerstream/vision';
import { Counter, type Registry } from 'prom-client';
import { pictureOf } from '../catalog/picture-of.js';
import { MAX_PHOTO_BYTES } from '../catalog/take-photos.js';
import type { Clock } from '../chance-and-time.js';
import { Upkeep } from '../upkeep.js';
import { FetchRefusal } from './fetch-refusal.js';
import { fetchPhoto } from './fetch-photo.js';
import { hostResolver, type ResolveHost } from './resolve-host.js';
import { TenantTurns } from './tenant-turns.js';

export interface PictureFetcherParts {
  readonly database: Pick<Database, 'change' | 'pictureFetches' | 'pictures' | 'tenants'>;
  /** See `FetchPhotoOptions`. */
  readonly privateHosts: readonly string[];
  readonly metrics: Registry;
  readonly warn: (message: string) => void;
  readonly clock: Clock;
  readonly resolve?: ResolveHost;
  readonly timeoutMs?: number;
}

/** So many photos are in memory at a time, besides those that are sent. */
const LANES = 4;
/** A tenant whose hosts are slow leaves others a lane. */
const LANES_OF_TENANT = LANES - 1;
const POLL_MS = 1_000;
const TIMEOUT_MS = 20_000;
/** Renewed as long as somebody is at it: a photo may wait long for the decoder. Over soon where he has died. */
const CLAIM_MS = 120_000;
const RENEWED_BEFORE_MS = CLAIM_MS / 2;
/** After the first attempt, the second, and so on; then it is given up. */
const RETRY_AFTER_SECONDS = [10, 60, 600, 3_600, 21_600] as const;
const MAX_ATTEMPTS = RETRY_AFTER_SECONDS.length + 1;

interface Held {
  readonly claimed: ClaimedFetch;
  until: Date;
}

/**
 * Fetches the pictures that items name by URL and keeps them as uploads are. What is to be done stands in the database alone: several
 * instances share it, and what one of them was at when it died comes back when its claim ends.
 */
export class PictureFetcher {
  private readonly turns = new TenantTurns(LANES_OF_TENANT);
  private readonly held = new Set<Held>();
  private readonly resolve: ResolveHost;
  private readonly results: Counter<'result'>;
  private readonly upkeep: Upkeep;

  constructor(private readonly parts: PictureFetcherParts) {
    this.resolve = parts.resolve ?? hostResolver(parts.privateHosts);
    this.results = new Counter({
      name: 'offerstream_control_picture_fetches_total',
      help: 'Pictures that were fetched by their URL: fetched, or why not.',
      labelNames: ['result'],
      registers: [parts.metrics],
    });
    const lane = { everyMs: POLL_MS, work: (stopping: AbortSignal) => this.fetchDue(stopping) };
    const renewal = { everyMs: POLL_MS, work: () => this.renewClaims() };
    this.upkeep = new Upkeep([...Array<typeof lane>(LANES).fill(lane), renewal], parts.warn);
  }

  /** @param tables resolves when there are tables to work on */
  start(tables: Promise<unknown>): void {
    this.upkeep.start(tables);
  }

  stop(): Promise<void> {
    return this.upkeep.stop();
  }

  private async fetchDue(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted && (await this.fetchNext(stopping)));
  }

  /** @returns whether there was one */
  private async fetchNext(stopping: AbortSignal): Promise<boolean> {
    const tenants = await this.parts.database.pictureFetches.tenantsWithDue(this.parts.clock());
    for (const tenant of this.turns.inOrder(tenants)) {
      if ((await this.turns.take(tenant, () => this.fetchOf(tenant, stopping))) === true) return true;
    }
    return false;
  }

  private async fetchOf(tenant: TenantId, stopping: AbortSignal): Promise<boolean> {
    const { database, clock } = this.parts;
    const now = clock();
    const until = new Date(now.getTime() + CLAIM_MS);
    const claimed = await database.pictureFetches.claim(tenant, now, until);
    if (claimed === undefined) return false;
    const held = { claimed, until };
    this.held.add(held);
    try {
      this.results.inc({ result: (await this.keep(claimed, stopping)) ? 'fetched' : 'not-wanted' });
    } catch (error) {
      if (stopping.aborted) await database.pictureFetches.giveBack(claimed, clock());
      else await this.fail(claimed, error);
    } finally {
      this.held.delete(held);
    }
    return true;
  }

  private async renewClaims(): Promise<void> {
    const { database, clock } = this.parts;
    for (const held of this.held) {
      const nowMs = clock().getTime();
      if (held.until.getTime() - nowMs > RENEWED_BEFORE_MS) continue;
      const later = new Date(nowMs + CLAIM_MS);
      if (await database.pictureFetches.renew(held.claimed, held.until, later)) held.until = later;
      else this.held.delete(held);
    }
  }

  /** @returns whether it was still wanted */
  private async keep(claimed: ClaimedFetch, stopping: AbortSignal): Promise<boolean> {
    const { tenant, item, url, attempts, hosts } = claimed;
    const { database, privateHosts, timeoutMs = TIMEOUT_MS, clock } = this.parts;
    if (attempts > MAX_ATTEMPTS)
      throw new FetchRefusal('given-up', 'the service ended each time that it was looked at');
    const options = { hosts, privateHosts, resolve: this.resolve, maxBytes: MAX_PHOTO_BYTES, timeoutMs };
    const photo = await fetchPhoto(url, options, stopping);
    const picture = await pictureOf(tenant, item, photo, stopping);
    const cause = {
      principal: { kind: 'service', id: 'control' },
      operation: 'fetchPicture',
      requestId: 'timer',
      at: clock(),
    };
    const { answer } = await database.change(cause, async (change) => {
      if (!(await database.pictureFetches.finish(change, claimed))) return false;
      if ((await database.pictures.put(change, tenant, picture)) === 'too-many')
        throw new FetchRefusal('too-many-pictures', `a tenant has at most ${MAX_PICTURES} pictures: remove some first`);
      return true;
    });
    return answer;
  }

  private async fail(claimed: ClaimedFetch, error: unknown): Promise<void> {
    if (error instanceof DatabaseUnavailable) throw error;
    if (!(error instanceof FetchRefusal) && !(error instanceof ImageRefusal)) throw error;
    const { database, clock } = this.parts;
    const seconds = error instanceof FetchRefusal && error.canRetry && RETRY_AFTER_SECONDS[claimed.attempts - 1];
    const now = clock();
    const again = typeof seconds === 'number' ? new Date(now.getTime() + seconds * 1_000) : undefined;
    await database.pictureFetches.fail(claimed, { code: error.code, reason: error.message }, again, now);
    this.results.inc({ result: error.code });
  }
}
