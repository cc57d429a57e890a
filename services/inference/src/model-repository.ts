import { setTimeout } from 'node:timers/promises';
import type { LoggerService } from '@nestjs/common';
import { OnnxRuntimeError, type PooledModel } from '@offerstream/onnx-runtime';
import type { InferenceMetrics } from './inference-metrics.js';
import { scanRepository, type VersionOnDisk } from './repository-scan.js';
import type { ServedModels, ServedVersion } from './served-models.js';

export interface ModelLoader {
  load(path: string): Promise<PooledModel>;
}

export interface ModelRepositoryParts {
  readonly folder: string;
  readonly loader: ModelLoader;
  readonly models: ServedModels;
  readonly metrics: InferenceMetrics;
  readonly logger: LoggerService;
}

const CONTEXT = 'models';
const SCAN_INTERVAL_MS = 250;

/**
 * Keeps what is served equal to what lies in the folder. It looks several times a second instead of waiting for the system's
 * notifications, which network file systems do not send; a look costs one `stat` a version.
 */
export class ModelRepository {
  /** Signatures of what was tried, whether it could be loaded or not, by model and version. */
  private readonly tried = new Map<string, { readonly version: VersionOnDisk; readonly signature: string }>();
  private readonly unloading = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private watching: Promise<void> = Promise.resolve();
  private lastProblem = '';

  constructor(private readonly parts: ModelRepositoryParts) {}

  /** Resolves after the first scan, with everything loaded that can be; goes on looking until {@link stop}. */
  async start(): Promise<void> {
    await this.scan();
    const { models, logger, folder } = this.parts;
    models.markScanned();
    if (models.all().length === 0) logger.warn(`there is no model to serve in ${folder} yet`, CONTEXT);
    this.watching = this.watch();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.watching;
    await Promise.all(this.unloading);
  }

  private async watch(): Promise<void> {
    while (await pause(SCAN_INTERVAL_MS, this.stopping.signal)) await this.scan();
  }

  private async scan(): Promise<void> {
    const { folder, logger, models } = this.parts;
    let scan;
    try {
      scan = await scanRepository(folder);
      this.lastProblem = '';
    } catch (error) {
      const problem = `${folder} can't be read, what is loaded stays: ${String(error)}`;
      if (problem !== this.lastProblem) logger.error(problem, undefined, CONTEXT);
      this.lastProblem = problem;
      return;
    }
    for (const [model, reason] of scan.unreadable) {
      if (models.failure(model, undefined) !== reason) logger.error(`${model}: ${reason}`, undefined, CONTEXT);
      models.fail(model, undefined, reason);
    }
    const onDisk = new Map(scan.versions.map((version) => [keyOf(version), version]));
    for (const { version } of [...this.tried.values()]) {
      if (scan.unreadable.has(version.model)) continue;
      models.clearFailure(version.model, undefined);
      if (!onDisk.has(keyOf(version))) this.remove(version);
    }
    for (const version of onDisk.values())
      if (this.tried.get(keyOf(version))?.signature !== version.signature && !this.stopping.signal.aborted)
        await this.load(version);
    this.parts.metrics.failedVersions.set(models.failures.length);
  }

  private async load(found: VersionOnDisk): Promise<void> {
    const { loader, models, metrics, logger } = this.parts;
    const { model, version, path, signature } = found;
    this.tried.set(keyOf(found), { version: found, signature });
    try {
      const session = await loader.load(path);
      const { provider, attempts } = session.providerReport;
      const before = models.add({ model, version, session });
      metrics.loadedVersions.set({ model, version, provider }, 1);
      logger.log(
        `serves ${model} version ${version} on ${provider}${attempts.length > 1 ? `; tried ${JSON.stringify(attempts)}` : ''}`,
        CONTEXT,
      );
      if (before !== undefined) this.unload(before);
    } catch (error) {
      if (!(error instanceof OnnxRuntimeError)) throw error;
      models.fail(model, version, error.message);
      metrics.loadFailures.inc({ model });
      logger.error(`${model} version ${version} can't be served: ${error.message}`, undefined, CONTEXT);
    }
  }

  private remove(found: VersionOnDisk): void {
    this.tried.delete(keyOf(found));
    const served = this.parts.models.remove(found.model, found.version);
    if (served === undefined) return;
    this.parts.logger.log(`no longer serves ${found.model} version ${found.version}`, CONTEXT);
    this.unload(served);
  }

  private unload({ model, version, session }: ServedVersion): void {
    const { provider } = session.providerReport;
    const done = session.unload().then(() => {
      this.unloading.delete(done);
      const now = this.parts.models.all().find((served) => served.model === model && served.version === version);
      if (now?.session.providerReport.provider !== provider)
        this.parts.metrics.loadedVersions.remove({ model, version, provider });
    });
    this.unloading.add(done);
  }
}

const keyOf = ({ model, version }: VersionOnDisk): string => `${model}/${version}`;

/** False when it was cut short. */
const pause = async (milliseconds: number, signal: AbortSignal): Promise<boolean> => {
  try {
    return await setTimeout(milliseconds, true, { signal });
  } catch {
    return false;
  }
};
