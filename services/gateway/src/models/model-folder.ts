import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { InferenceClient, TensorDescription } from '@offerstream/inference-client';
import { IMAGE_MODEL, IMAGE_MODEL_FILE } from '@offerstream/vision';

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

export interface ServingImageModel extends ServingVersion {
  /** D of its embeddings. */
  readonly dimensions: number;
  /** C; 0 for a backbone, which only embeds. */
  readonly classes: number;
}

export interface ModelFolderParts {
  /** The model repository; undefined where there is none. */
  readonly folder: string | undefined;
  readonly inference: Pick<InferenceClient, 'modelReady' | 'metadata'>;
  readonly warn: (message: string) => void;
}

/** What tells a version from another one, also from another of its number, which somebody put there by hand. */
export const identityOf = ({ name, version, createdMs }: ServingVersion): string => `${name}/${version}@${createdMs}`;

/** Files that say what a version is. */
const LANGUAGE = 'language.json';
const TOKENIZERS = ['tokenizer.json', 'encoder.json'];
const SERVED = 'model.onnx';

const VERSION = /^[1-9][0-9]*$/;
const LOOK_EVERY_MS = 1_000;
const DEADLINE_MS = 1_000;

interface Found {
  readonly kind: 'language' | 'encoder' | 'images';
  readonly isServed: boolean;
  readonly serving: ServingVersion;
}

/** Sizes of what a version answers, 0 where it answers nothing of the kind. */
type Sizes = Pick<ServingImageModel, 'dimensions' | 'classes'>;
const NO_SIZES: Sizes = { dimensions: 0, classes: 0 };

/**
 * The language models, sentence encoders and image models of the model repository. Of each name the newest version serves that inference
 * has ready, if it has anything to serve of it: so whoever names a version here gets an answer there.
 */
export class ModelFolder {
  /** By name. */
  languageModels: ReadonlyMap<string, ServingVersion> = new Map();
  /** By name. */
  encoders: ReadonlyMap<string, ServingEncoder> = new Map();
  /** By name: the version that served before the newest, as long as inference has it. Vectors may still be of it. */
  earlierEncoders: ReadonlyMap<string, ServingEncoder> = new Map();
  /** By name. */
  imageModels: ReadonlyMap<string, ServingImageModel> = new Map();
  /** What versions are; those that are none of these are looked at each time, for one may be copied there file by file. */
  private known = new Map<string, Found>();
  /** Of versions that inference had ready. */
  private ready = new Map<string, Sizes>();
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
    const ready = new Map<string, Sizes>();
    const languageModels = new Map<string, ServingVersion>();
    const encoders = new Map<string, ServingEncoder>();
    const earlierEncoders = new Map<string, ServingEncoder>();
    const imageModels = new Map<string, ServingImageModel>();
    for (const name of await subfolders(folder)) {
      let serves = false;
      let looksAtEarlier = true;
      for (const version of await versionsIn(join(folder, name))) {
        const key = `${name}/${version}`;
        const found = this.known.get(key) ?? (await findOut(folder, name, version));
        if (found === undefined) continue;
        known.set(key, found);
        const readyBefore = this.ready.get(key);
        if (readyBefore !== undefined) ready.set(key, readyBefore);
        const { kind, serving } = found;
        const isEarlier: boolean = encoders.has(name) && looksAtEarlier;
        if (serves && !isEarlier) continue;
        looksAtEarlier = !isEarlier;
        // Inference may let go of a version once there is a newer one.
        const sizes = (isEarlier ? undefined : readyBefore) ?? (await this.readiness(found));
        if (sizes === undefined) continue;
        serves = true;
        ready.set(key, sizes);
        if (kind === 'language') languageModels.set(name, serving);
        else if (kind === 'encoder')
          (isEarlier ? earlierEncoders : encoders).set(name, { ...serving, dimensions: sizes.dimensions });
        else imageModels.set(name, { ...serving, ...sizes });
      }
    }
    Object.assign(this, { known, ready, languageModels, encoders, earlierEncoders, imageModels });
  }

  /** Undefined where inference has it not ready. */
  private async readiness({ kind, isServed, serving: { name, version } }: Found): Promise<Sizes | undefined> {
    if (!isServed) return NO_SIZES;
    const { inference } = this.parts;
    const asked = { model: name, version, deadlineMs: DEADLINE_MS };
    if (!(await inference.modelReady(asked))) return undefined;
    if (kind === 'language') return NO_SIZES;
    const { outputs } = await inference.metadata(asked);
    // [B, size]; of anything else nothing can be had.
    const sizeOf = (output: TensorDescription | undefined): number => Math.max(0, output?.shape[1] ?? 0);
    const named = (wanted: string) => sizeOf(outputs.find((output) => output.name === wanted));
    const sizes =
      kind === 'encoder'
        ? { dimensions: sizeOf(outputs[0]), classes: 0 }
        : { dimensions: named(IMAGE_MODEL.embedding), classes: named(IMAGE_MODEL.logLikelihoods) };
    return sizes.dimensions > 0 ? sizes : undefined;
  }
}

const findOut = async (repository: string, name: string, version: string): Promise<Found | undefined> => {
  const folder = join(repository, name, version);
  const files = new Set((await entriesOf(folder)).map((entry) => entry.name));
  if (files.size === 0) return undefined;
  const serving = { name, version, folder, createdMs: (await stat(folder)).mtimeMs };
  if (files.has(LANGUAGE)) return { kind: 'language', isServed: files.has(SERVED), serving };
  if (!files.has(SERVED)) return undefined;
  if (files.has(IMAGE_MODEL_FILE)) return { kind: 'images', isServed: true, serving };
  return TOKENIZERS.some((file) => files.has(file)) ? { kind: 'encoder', isServed: true, serving } : undefined;
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
