import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ControlClient, readAdminToken, type Promotion } from '@offerstream/control-client';
import { createDemoShop } from '@offerstream/demo-shop';
import { hasCode, LocalRunError } from '@offerstream/infra';
import { DEMO_SEED, DEMO_SETTINGS, DEMO_TENANT, DEMO_WRITE_KEY } from './demo.js';
import { trainDemoModel } from './train-demo-model.js';

/** How far a data folder's demo has come. */
interface Progress {
  /** The model that was trained and stored. */
  readonly promotion?: Promotion;
  /** A secret key, which the back office shows once. */
  readonly apiKey?: string;
  /** The back office has all of the demo: what becomes of it from then on is not overwritten. */
  readonly handedOver: boolean;
}

export interface DemoFolders {
  readonly dataDir: string;
  readonly modelsDir: string;
}

/**
 * The demo's shop, brought into a line at its first start: trained, and handed to the back office. Each step that was done
 * stays done when a start is interrupted.
 */
export class DemoShopSetup {
  private constructor(
    private readonly folders: DemoFolders,
    private progress: Progress,
  ) {}

  static async open(folders: DemoFolders): Promise<DemoShopSetup> {
    return new DemoShopSetup(folders, await readProgress(folders.dataDir));
  }

  get isDone(): boolean {
    return this.progress.handedOver;
  }

  /** The demo's secret key, once the back office has made it. */
  get apiKey(): string | undefined {
    return this.progress.apiKey;
  }

  /** Trains the model unless that has been done. */
  async train(endMs: number, signal: AbortSignal): Promise<Promotion> {
    if (this.progress.promotion !== undefined) return this.progress.promotion;
    const promotion = await trainDemoModel({ modelsDir: this.folders.modelsDir, endMs }, signal);
    await this.note({ promotion });
    return promotion;
  }

  /**
   * Puts tenant, keys, catalog and, once it is trained, the model.
   *
   * @throws ControlError, LocalRunError
   */
  async handOver(controlUrl: string, controlDataDir: string, training: Promise<Promotion>): Promise<void> {
    const client = new ControlClient({ url: controlUrl, token: await readAdminToken(controlDataDir) });
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
    const promotion = await training;
    await client.promoteModel(promotion);
    await this.note({ handedOver: true });
  }

  private async note(changes: Partial<Progress>): Promise<void> {
    this.progress = { ...this.progress, ...changes };
    const file = progressFile(this.folders.dataDir);
    await writeFile(`${file}.next`, `${JSON.stringify(this.progress, null, 2)}\n`, { mode: OWNER_ONLY });
    await rename(`${file}.next`, file);
  }
}

const progressFile = (dataDir: string): string => join(dataDir, 'demo.json');

/** It holds a secret key. */
const OWNER_ONLY = 0o600;

const readProgress = async (dataDir: string): Promise<Progress> => {
  try {
    return JSON.parse(await readFile(progressFile(dataDir), 'utf8')) as Progress;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { handedOver: false };
    throw error;
  }
};
