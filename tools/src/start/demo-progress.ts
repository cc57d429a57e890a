import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlacementId } from '@offerstream/contracts';
import type { Promotion } from '@offerstream/control-client';
import { hasCode } from '@offerstream/infra';
import { DEMO_PLACEMENT } from './demo.js';

/** How far a data folder's demo has come. */
export interface DemoProgress {
  /** The models that were trained and stored, in the order of `DEMO_FAMILIES`. */
  readonly trained: readonly Promotion[];
  /** The versions that the back office was given, by the models' names. */
  readonly promoted: Readonly<Record<string, string>>;
  /** The placements that the back office was given, with the first of them the catalog and the write key. */
  readonly placements: readonly PlacementId[];
  /** Whether the items of the back office got their pictures. */
  readonly pictures?: boolean;
}

/** As version 0.1 kept it, whose demo had one model and one placement, no explanations and no secret key. */
interface ProgressOfOneModel {
  readonly promotion: Promotion;
  readonly handedOver: boolean;
}

/** A secret key is for nobody else. */
const OWNER_ONLY = 0o600;

const progressFile = (dataDir: string): string => join(dataDir, 'demo.json');

/** Where the demo's secret key stands, alone, for people to print. */
export const demoApiKeyFile = (dataDir: string): string => join(dataDir, 'api-key');

export const readDemoProgress = async (dataDir: string): Promise<DemoProgress> => {
  const text = await readIfThere(progressFile(dataDir));
  if (text === undefined) return { trained: [], promoted: {}, placements: [] };
  const stored = JSON.parse(text) as DemoProgress | ProgressOfOneModel;
  if (!('promotion' in stored)) return stored;
  const { promotion, handedOver } = stored;
  // Its model is trained again, because it has no sibling that explains it.
  return {
    trained: [],
    promoted: handedOver ? { [promotion.name]: promotion.version } : {},
    placements: handedOver ? [DEMO_PLACEMENT] : [],
  };
};

export const writeDemoProgress = (dataDir: string, progress: DemoProgress): Promise<void> =>
  writeWhole(progressFile(dataDir), `${JSON.stringify(progress, null, 2)}\n`);

export const readDemoApiKey = async (dataDir: string): Promise<string | undefined> =>
  (await readIfThere(demoApiKeyFile(dataDir)))?.trim();

export const writeDemoApiKey = (dataDir: string, apiKey: string): Promise<void> =>
  writeWhole(demoApiKeyFile(dataDir), `${apiKey}\n`);

const readIfThere = async (file: string): Promise<string | undefined> => {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
};

const writeWhole = async (file: string, text: string): Promise<void> => {
  await writeFile(`${file}.next`, text, { mode: OWNER_ONLY });
  await rename(`${file}.next`, file);
};
