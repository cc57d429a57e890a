import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { InferenceClient } from '@offerstream/inference-client';

/** A version of a model that serves. */
export interface ServingVersion {
  readonly name: string;
  readonly version: string;
  /** Where its files are. */
  readonly folder: string;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
}

export interface ServingEncoder extends ServingVersion {
  /** D of its embeddings. */
  readonly dimensions: number;
}

export interface ModelFolderParts {
  /** The model repository; undefined where there is none. */
  readonly folder: string | undefined;
  readonly inference: Pick<InferenceClient, 'modelReady' | 'metadata'>;
  readonly warn: (message: string) => void;
}

/** What tells a version from another one, also from a later one of its number: a number that was removed is given again. */
export const identityOf = ({ name, version, createdMs }: ServingVersion): string => `${name}/${version}@${createdMs}`;

/** Files that say what a version is. */
const LANGUAGE = 'language.json';
const TOKENIZERS = ['tokenizer.json', 'encoder.json'];
const SERVED = 'model.onnx';

const VERSION = /^[1-9][0-9]*$/;
const LOOK_EVERY_MS = 1_000;
const DEADLINE_MS = 1_000;

type Found =
  | { readonly kind: 'language'; readonly isServed: boolean; readonly serving: ServingVersion }
  | { readonly kind: 'encoder'; readonly isServed: true; readonly serving: ServingVersion };

/**
 * The language models and sentence encoders of the model repository. Of each name the newest version serves that inference has ready, if
 * it has anything to serve of it: so whoever names a version here gets an answer there.
 */
export class ModelFolder {
  /** By name. */
  languageModels: ReadonlyMap<string, ServingVersion> = new Map();
  /** By name. */
  encoders: ReadonlyMap<string, ServingEncoder> = new Map();
  /** What versions are; those that are neither are looked at each time, for one may be copied there file by file. */
  private known = new Map<string, Found>();
  /** Of versions that inference had ready, with the size of an encoder's embeddings. */
  private ready = new Map<string, number>();
  private readonly stopping = new AbortController();
  private watching: Promise<void> = Promise.resolve();
  private lastProblem = '';

  constructor(private readonly parts: ModelFolderParts) {}

  get isSet(): boolean {
    return this.parts.folder !== undefined;
  }

  /** Looks once a second from now on. */
  start(): void {
    if (this.parts.folder !== undefined) this.watching = this.watch(this.parts.folder);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.watching;
  }

  private async watch(folder: string): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.look(folder);
        this.lastProblem = '';
      } catch (error) {
        // What was found before goes on serving.
        const problem = `${folder} can't be read: ${String(error)}`;
        if (problem !== this.lastProblem) this.parts.warn(problem);
        this.lastProblem = problem;
      }
      await setTimeout(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private async look(folder: string): Promise<void> {
    const known = new Map<string, Found>();
    const ready = new Map<string, number>();
    const languageModels = new Map<string, ServingVersion>();
    const encoders = new Map<string, ServingEncoder>();
    for (const name of await subfolders(folder)) {
      let serves = false;
      for (const version of await versionsIn(join(folder, name))) {
        const key = `${name}/${version}`;
        const found = this.known.get(key) ?? (await findOut(folder, name, version));
        if (found === undefined) continue;
        known.set(key, found);
        const readyBefore = this.ready.get(key);
        if (readyBefore !== undefined) ready.set(key, readyBefore);
        if (serves) continue;
        const dimensions = readyBefore ?? (await this.readiness(found));
        if (dimensions === undefined) continue;
        serves = true;
        ready.set(key, dimensions);
        if (found.kind === 'language') languageModels.set(name, found.serving);
        else encoders.set(name, { ...found.serving, dimensions });
      }
    }
    Object.assign(this, { known, ready, languageModels, encoders });
  }

  /** The size of its embeddings, 0 for what has none; undefined where inference has it not ready. */
  private async readiness({ kind, isServed, serving: { name, version } }: Found): Promise<number | undefined> {
    if (!isServed) return 0;
    const { inference } = this.parts;
    const asked = { model: name, version, deadlineMs: DEADLINE_MS };
    if (!(await inference.modelReady(asked))) return undefined;
    if (kind === 'language') return 0;
    const { outputs } = await inference.metadata(asked);
    // [B, D]; of anything else no embeddings can be had.
    const [, dimensions = -1] = outputs[0]?.shape ?? [];
    return dimensions > 0 ? dimensions : undefined;
  }
}

const findOut = async (repository: string, name: string, version: string): Promise<Found | undefined> => {
  const folder = join(repository, name, version);
  const files = new Set((await entriesOf(folder)).map((entry) => entry.name));
  if (files.size === 0) return undefined;
  const serving = { name, version, folder, createdMs: (await stat(folder)).mtimeMs };
  if (files.has(LANGUAGE)) return { kind: 'language', isServed: files.has(SERVED), serving };
  if (files.has(SERVED) && TOKENIZERS.some((file) => files.has(file)))
    return { kind: 'encoder', isServed: true, serving };
  return undefined;
};

const subfolders = async (folder: string): Promise<readonly string[]> =>
  (await entriesOf(folder))
    .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.'))
    .map(({ name }) => name);

/** None where there is no folder: it may come, and versions go while one looks at them. */
const entriesOf = async (folder: string) => {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
};

/** The newest first. */
const versionsIn = async (folder: string): Promise<readonly string[]> =>
  (await subfolders(folder)).filter((name) => VERSION.test(name)).sort((one, other) => Number(other) - Number(one));
