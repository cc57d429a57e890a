import { textEncodersOf, type TenantId } from '@offerstream/contracts';
import type { LanguagePool } from './language-pool.js';
import type { Embeddings } from './language-tasks.js';
import type { ModelFolder, ServingEncoder } from '../models/model-folder.js';

/** Makes embeddings of texts, for whatever in the gateway looks for meaning. */
export class Embedder {
  constructor(
    private readonly folder: Pick<ModelFolder, 'encoders'>,
    private readonly pool: Pick<LanguagePool, 'ask'>,
  ) {}

  /** The encoder that a tenant's texts are looked at with: the pretrained one where it is served, else the one trained on its own. */
  encoderOf(tenant: TenantId): ServingEncoder | undefined {
    const name = textEncodersOf(tenant).find((each) => this.folder.encoders.has(each));
    return name === undefined ? undefined : this.folder.encoders.get(name);
  }

  /**
   * Vectors [texts, dimensions] of unit length, and how many tokens were read.
   *
   * @throws Problem `language-busy`, `language-failed`, `model-away`, `model-unusable`, `timed-out`; the signal's reason
   */
  embed(
    tenant: TenantId,
    encoder: ServingEncoder,
    texts: readonly string[],
    signal?: AbortSignal,
  ): Promise<Embeddings> {
    const task = { kind: 'embed', encoder, texts } as const;
    return this.pool.ask(tenant, task, signal === undefined ? {} : { signal });
  }
}
