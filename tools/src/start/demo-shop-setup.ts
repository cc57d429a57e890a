import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ControlClient, readAdminToken, type Promotion } from '@offerstream/control-client';
import { createDemoShop } from '@offerstream/demo-shop';
import { hasCode, LocalRunError } from '@offerstream/infra';
import { DEMO_FAMILIES, DEMO_SEED, DEMO_SETTINGS, DEMO_TENANT, DEMO_WRITE_KEY } from './demo.js';
import { trainDemoModels } from './train-demo-model.js';

/** How far a data folder's demo has come. */
interface Progress {
  /** The models that were trained and stored, in the order of {@link DEMO_FAMILIES}. */
  readonly trained: readonly Promotion[];
  /** How many of them the back office has. With the first it has all else of the demo: what becomes of that is not overwritten. */
  readonly promoted: number;
  /** A secret key, which the back office shows once. */
  readonly apiKey?: string;
}

/** The demo's models in the order of {@link DEMO_FAMILIES}, each as soon as it is stored. */
export type DemoTraining = readonly Promise<Promotion>[];

export interface DemoFolders {
  readonly dataDir: string;
  readonly modelsDir: string;
}

/**
 * The demo's shop, brought into a line at its first start: trained, and handed to the back office. Each step that was done
 * stays done when a start is interrupted.
 */
export class DemoShopSetup {
  private written = Promise.resolve();

  private constructor(
    private readonly folders: DemoFolders,
    private progress: Progress,
  ) {}

  static async open(folders: DemoFolders): Promise<DemoShopSetup> {
    return new DemoShopSetup(folders, await readProgress(folders.dataDir));
  }

  get isDone(): boolean {
    return this.progress.promoted === DEMO_FAMILIES.length;
  }

  /** The demo's secret key, once the back office has made it. */
  get apiKey(): string | undefined {
    return this.progress.apiKey;
  }

  /** Trains the models that have not been. All promises are to be awaited. */
  train(endMs: number, signal: AbortSignal): DemoTraining {
    const { trained } = this.progress;
    const families = DEMO_FAMILIES.slice(trained.length);
    const training =
      families.length === 0 ? [] : trainDemoModels({ modelsDir: this.folders.modelsDir, endMs, families }, signal);
    return [
      ...trained.map((promotion) => Promise.resolve(promotion)),
      ...training.map(async (stored) => {
        const promotion = await stored;
        await this.note({ trained: [...this.progress.trained, promotion] });
        return promotion;
      }),
    ];
  }

  /**
   * Puts tenant, keys and catalog, and promotes the model that the placement ranks with once it is trained.
   *
   * @throws ControlError, LocalRunError
   */
  async handOver(controlUrl: string, controlDataDir: string, training: DemoTraining): Promise<void> {
    if (this.progress.promoted > 0) return;
    const client = await controlClient(controlUrl, controlDataDir);
    await client.putTenant(DEMO_SETTINGS);
    await client.createKey(DEMO_TENANT, { purpose: 'demo', kind: 'wk', key: DEMO_WRITE_KEY });
    if (this.progress.apiKey === undefined) {
      const { key: apiKey } = await client.createKey(DEMO_TENANT, { purpose: 'demo', kind: 'sk', mode: 'test' });
      if (apiKey !== undefined) await this.note({ apiKey });
    }
    const { failed, errors } = await client.putItems(DEMO_TENANT, createDemoShop(DEMO_SEED).catalog);
    if (failed > 0) {
      throw new LocalRunError(
        'part-not-ready',
        `control refused ${failed} items of the demo, the first because: ${errors[0]?.reason ?? '?'}`,
      );
    }
    await this.promote(client, training.slice(0, 1));
  }

  /**
   * Promotes the models that no placement waits for, as they are trained; to be called after {@link DemoShopSetup.handOver}.
   *
   * @throws ControlError
   */
  async handOverOthers(controlUrl: string, controlDataDir: string, training: DemoTraining): Promise<void> {
    await this.promote(await controlClient(controlUrl, controlDataDir), training);
  }

  private async promote(client: ControlClient, training: DemoTraining): Promise<void> {
    for (const stored of training.slice(this.progress.promoted)) {
      await client.promoteModel(await stored);
      await this.note({ promoted: this.progress.promoted + 1 });
    }
  }

  /** Two notes may be made at a time; the later one is written later. */
  private note(changes: Partial<Progress>): Promise<void> {
    this.progress = { ...this.progress, ...changes };
    const text = `${JSON.stringify(this.progress, null, 2)}\n`;
    this.written = this.written.then(() => writeProgress(this.folders.dataDir, text));
    return this.written;
  }
}

const controlClient = async (url: string, dataDir: string): Promise<ControlClient> =>
  new ControlClient({ url, token: await readAdminToken(dataDir) });

const progressFile = (dataDir: string): string => join(dataDir, 'demo.json');

/** It holds a secret key. */
const OWNER_ONLY = 0o600;

const writeProgress = async (dataDir: string, text: string): Promise<void> => {
  const file = progressFile(dataDir);
  await writeFile(`${file}.next`, text, { mode: OWNER_ONLY });
  await rename(`${file}.next`, file);
};

const readProgress = async (dataDir: string): Promise<Progress> => {
  try {
    return JSON.parse(await readFile(progressFile(dataDir), 'utf8')) as Progress;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { trained: [], promoted: 0 };
    throw error;
  }
};
