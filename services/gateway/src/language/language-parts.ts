import { randomInt, randomUUID } from 'node:crypto';
import type { Metering } from '../admission/metering.js';
import type { GatewayMetrics } from '../gateway-metrics.js';
import { Completions } from './completions.js';
import { Embedder } from './embedder.js';
import { LanguageModels } from './language-models.js';
import { LanguagePool } from './language-pool.js';
import type { ModelFolder } from '../models/model-folder.js';
import { Receipts } from './receipts.js';
import { TokenCharges } from './token-charges.js';
import { poolSettings } from '../threads/pool-settings.js';

/** What answers with language models. */
export interface LanguageParts {
  readonly models: LanguageModels;
  readonly pool: LanguagePool;
  readonly embedder: Embedder;
  readonly charges: TokenCharges;
  readonly completions: Completions;
  /** Refuses what is under way. */
  close(): Promise<void>;
}

export interface LanguageOptions {
  readonly config: { readonly workers: number };
  readonly folder: ModelFolder;
  /** `host:port`; the workers ask it themselves. */
  readonly inferenceAddress: string;
  readonly metering: Pick<Metering, 'reserve'>;
  readonly metrics: Pick<GatewayMetrics, 'watchLanguageQueue' | 'languageWorkerLost'>;
  readonly warn: (message: string) => void;
}

const MAX_SEED = 2 ** 32;

export const openLanguage = ({
  config,
  folder,
  inferenceAddress,
  metering,
  metrics,
  warn,
}: LanguageOptions): LanguageParts => {
  const models = new LanguageModels(folder);
  const pool = new LanguagePool(
    poolSettings({ workers: config.workers, inferenceAddress, countLost: () => metrics.languageWorkerLost(), warn }),
  );
  metrics.watchLanguageQueue(() => pool.waiting);
  const receipts = new Receipts({ nowMs: Date.now, newSeed: () => randomInt(MAX_SEED) });
  const charges = new TokenCharges(metering, receipts);
  return {
    models,
    pool,
    charges,
    embedder: new Embedder(folder, pool),
    completions: new Completions({ models, pool, charges, nowMs: Date.now, newId: randomUUID }),
    close: () => pool.close(),
  };
};
