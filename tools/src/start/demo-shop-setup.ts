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
  readonly promotion: Promotion;
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
    private progress: Progress | undefined,
  ) {}

  static async open(folders: DemoFolders): Promise<DemoShopSetup> {
    return new DemoShopSetup(folders, await readProgress(folders.dataDir));
  }

  get isDone(): boolean {
    return this.progress?.handedOver === true;
  }

  /** Trains the model unless that has been done. */
  async train(endMs: number, signal: AbortSignal): Promise<Promotion> {
    if (this.progress !== undefined) return this.progress.promotion;
    const promotion = await trainDemoModel({ modelsDir: this.folders.modelsDir, endMs }, signal);
    await this.note({ promotion, handedOver: false });
    return promotion;
  }

  /**
   * Puts tenant, write key, catalog and, once it is trained, the model.
   *
   * @throws ControlError, LocalRunError
   */
  async handOver(controlUrl: string, controlDataDir: string, training: Promise<Promotion>): Promise<void> {
    const client = new ControlClient({ url: controlUrl, token: await readAdminToken(controlDataDir) });
    await client.putTenant(DEMO_SETTINGS);
    await client.createKey(DEMO_TENANT, { purpose: 'demo', kind: 'wk', key: DEMO_WRITE_KEY });
    const { failed, errors } = await client.putItems(DEMO_TENANT, createDemoShop(DEMO_SEED).catalog);
    if (failed > 0) {
      throw new LocalRunError(
        'part-not-ready',
        `control refused ${failed} items of the demo, the first because: ${errors[0]?.reason ?? '?'}`,
      );
    }
    const promotion = await training;
    await client.promoteModel(promotion);
    await this.note({ promotion, handedOver: true });
  }

  private async note(progress: Progress): Promise<void> {
    const file = progressFile(this.folders.dataDir);
    await writeFile(`${file}.next`, `${JSON.stringify(progress, null, 2)}\n`);
    await rename(`${file}.next`, file);
    this.progress = progress;
  }
}

const progressFile = (dataDir: string): string => join(dataDir, 'demo.json');

const readProgress = async (dataDir: string): Promise<Progress | undefined> => {
  try {
    return JSON.parse(await readFile(progressFile(dataDir), 'utf8')) as Progress;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
};
