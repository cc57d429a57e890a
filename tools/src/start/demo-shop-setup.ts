import { ControlClient, readAdminToken, type Promotion } from '@offerstream/control-client';
import { createDemoShop } from '@offerstream/demo-shop';
import { LocalRunError } from '@offerstream/infra';
import { jpegOf } from '@offerstream/vision';
import { sendPictures, type PictureSource, type SendPicturesOptions } from '../pictures/send-pictures.js';
import { DEMO_FAMILIES, DEMO_SEED, DEMO_SETTINGS, DEMO_TENANT, DEMO_WRITE_KEY } from './demo.js';
import {
  readDemoApiKey,
  readDemoProgress,
  writeDemoApiKey,
  writeDemoProgress,
  type DemoProgress,
} from './demo-progress.js';
import { trainDemoModels } from './train-demo-model.js';

/** The demo's models in the order of {@link DEMO_FAMILIES}, each as soon as it is stored. */
export type DemoTraining = readonly Promise<Promotion>[];

export interface DemoFolders {
  readonly dataDir: string;
  readonly modelsDir: string;
}

const PLACEMENT_IDS = DEMO_SETTINGS.placements.map(({ id }) => id);

/**
 * The demo's shop, brought into a line at its first start: trained, and handed to the back office. Each step that was done stays
 * done when a start is interrupted, and what became of it since is not overwritten; a data folder of an earlier version gets what
 * its demo did not have.
 */
export class DemoShopSetup {
  private written = Promise.resolve();

  private constructor(
    private readonly folders: DemoFolders,
    private progress: DemoProgress,
    private key: string | undefined,
  ) {}

  static async open(folders: DemoFolders): Promise<DemoShopSetup> {
    const { dataDir } = folders;
    return new DemoShopSetup(folders, await readDemoProgress(dataDir), await readDemoApiKey(dataDir));
  }

  get isDone(): boolean {
    const { trained, promoted, placements } = this.progress;
    return (
      trained.length >= DEMO_FAMILIES.length &&
      trained.every(({ name, version }) => promoted[name] === version) &&
      placements.length === PLACEMENT_IDS.length &&
      this.key !== undefined
    );
  }

  get hasPictures(): boolean {
    return this.progress.pictures === true;
  }

  /** The demo's secret key, once the back office has made it. */
  get apiKey(): string | undefined {
    return this.key;
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
    const client = await controlClient(controlUrl, controlDataDir);
    if (this.progress.placements.length === 0) await putShop(client);
    else await this.addPlacements(client);
    await this.note({ placements: PLACEMENT_IDS });
    await this.makeApiKey(client);
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

  /**
   * Gives the items that have no picture theirs, to be called after {@link DemoShopSetup.handOver}; nobody waits for them.
   *
   * @throws ControlError; the signal's reason when it aborts
   */
  async handOverPictures(
    controlUrl: string,
    controlDataDir: string,
    waiting: Pick<SendPicturesOptions, 'signal' | 'onWaiting'>,
  ): Promise<void> {
    const control = await controlClient(controlUrl, controlDataDir);
    const have = new Set((await control.listPictures(DEMO_TENANT)).map(({ item }) => item));
    const lacking = drawnPictures().filter(({ item }) => !have.has(item));
    await sendPictures(lacking, { control, tenant: DEMO_TENANT, known: new Map(), ...waiting });
    await this.note({ pictures: true });
  }

  /** Those that the tenant was never given, nor has made itself. */
  private async addPlacements(client: ControlClient): Promise<void> {
    const given = this.progress.placements;
    if (PLACEMENT_IDS.every((id) => given.includes(id))) return;
    const { consent, placements, version } = await client.getTenant(DEMO_TENANT);
    const known = new Set([...given, ...placements.map(({ id }) => id)]);
    const added = DEMO_SETTINGS.placements.filter(({ id }) => !known.has(id));
    await client.putTenant({ id: DEMO_TENANT, consent, placements: [...placements, ...added] }, version);
  }

  /** The back office shows it once. */
  private async makeApiKey(client: ControlClient): Promise<void> {
    if (this.key !== undefined) return;
    const { key } = await client.createKey(DEMO_TENANT, { purpose: 'demo', kind: 'sk', mode: 'test' });
    if (key === undefined) return;
    await writeDemoApiKey(this.folders.dataDir, key);
    this.key = key;
  }

  /** What somebody else has promoted under the same name stays. */
  private async promote(client: ControlClient, training: DemoTraining): Promise<void> {
    const serving = new Map((await client.listModels(DEMO_TENANT)).map(({ name, version }) => [name, version]));
    for (const stored of training) {
      const promotion = await stored;
      const { name, version } = promotion;
      const given = this.progress.promoted[name];
      if (given === version) continue;
      const serves = serving.get(name);
      if (serves === undefined || serves === given) await client.promoteModel(promotion);
      await this.note({ promoted: { ...this.progress.promoted, [name]: version } });
    }
  }

  /** Two notes may be made at a time; the later one is written later. */
  private note(changes: Partial<DemoProgress>): Promise<void> {
    const progress = { ...this.progress, ...changes };
    this.progress = progress;
    this.written = this.written.then(() => writeDemoProgress(this.folders.dataDir, progress));
    return this.written;
  }
}

const putShop = async (client: ControlClient): Promise<void> => {
  await client.putTenant(DEMO_SETTINGS);
  await client.createKey(DEMO_TENANT, { purpose: 'demo', kind: 'wk', key: DEMO_WRITE_KEY });
  const { failed, errors } = await client.putItems(DEMO_TENANT, createDemoShop(DEMO_SEED).catalog);
  if (failed > 0) {
    throw new LocalRunError(
      'part-not-ready',
      `control refused ${failed} items of the demo, the first because: ${errors[0]?.reason ?? '?'}`,
    );
  }
};

const controlClient = async (url: string, dataDir: string): Promise<ControlClient> =>
  new ControlClient({ url, token: await readAdminToken(dataDir) });

/** Each is drawn when it is read. */
const drawnPictures = (): readonly PictureSource[] => {
  const { catalog, picture } = createDemoShop(DEMO_SEED);
  return catalog.map(({ id }) => ({
    item: id,
    name: id,
    read: async () => {
      const drawn = picture(id);
      if (drawn === undefined) throw new Error(`The demo shop can't draw ${id}, which is its own.`);
      return Uint8Array.from(await jpegOf(drawn));
    },
  }));
};
