import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { InferenceClient } from '@offerstream/inference-client';
import { listModels } from '@offerstream/learning';

/** A version of a model that can be asked. */
export interface ServedVersion {
  readonly name: string;
  readonly version: string;
  /** Where its files are. */
  readonly folder: string;
}

export interface ServedVersionsParts {
  /** The model repository. */
  readonly repository: string;
  readonly inference: Pick<InferenceClient, 'modelReady'>;
  readonly nowMs: () => number;
}

/** How long what was seen counts. */
const LOOK_MS = 1_000;
const DEADLINE_MS = 1_000;

interface Seen<Value> {
  readonly atMs: number;
  readonly value: Promise<Value>;
}

/** What inference serves of the repository, looked at once a second at most. */
export class ServedVersions {
  private listed: Seen<ReadonlyMap<string, readonly string[]>> | undefined;
  private readonly newest = new Map<string, Seen<ServedVersion | undefined>>();

  constructor(private readonly parts: ServedVersionsParts) {}

  /**
   * Of the first of these models that is served, the newest version that inference has ready.
   *
   * @param files a version without any of them is of another kind
   */
  async first(names: readonly string[], files: readonly string[]): Promise<ServedVersion | undefined> {
    for (const name of names) {
      const seen = this.still(this.newest.get(name)) ?? this.seeNow(() => this.newestOf(name, files));
      this.newest.set(name, seen);
      const found = await seen.value;
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private async newestOf(name: string, files: readonly string[]): Promise<ServedVersion | undefined> {
    const { repository, inference } = this.parts;
    this.listed = this.still(this.listed) ?? this.seeNow(() => listModels(repository));
    for (const version of (await this.listed.value).get(name)?.toReversed() ?? []) {
      const folder = join(repository, name, version);
      if (!files.some((file) => existsSync(join(folder, file)))) continue;
      if (await inference.modelReady({ model: name, version, deadlineMs: DEADLINE_MS }))
        return { name, version, folder };
    }
    return undefined;
  }

  private still<Value>(seen: Seen<Value> | undefined): Seen<Value> | undefined {
    return seen !== undefined && this.parts.nowMs() - seen.atMs < LOOK_MS ? seen : undefined;
  }

  private seeNow<Value>(look: () => Promise<Value>): Seen<Value> {
    return { atMs: this.parts.nowMs(), value: look() };
  }
}
