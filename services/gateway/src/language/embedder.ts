import { textEncodersOf, type TenantId } from '@offerstream/contracts';
import type { LanguagePool } from './language-pool.js';
import type { Embeddings } from './language-tasks.js';
import type { ModelFolder, ServingEncoder } from '../models/model-folder.js';
import { keyOf, spaceOf, type VectorSpace } from '../search/vector-space.js';

/** Makes embeddings of texts, for whatever in the gateway looks for meaning. */
export class Embedder {
  constructor(
    private readonly folder: Pick<ModelFolder, 'encoders' | 'earlierEncoders'>,
    private readonly pool: Pick<LanguagePool, 'ask'>,
  ) {}

  /** Whether a tenant has an encoder that serves: the pretrained one, or one that was trained on its own titles. */
  has(tenant: TenantId): boolean {
    return this.encodersOf(tenant).length > 0;
  }

  /** What made vectors of the first of these spaces that can be asked for others. */
  encoderFor(tenant: TenantId, spaces: readonly VectorSpace[]): ServingEncoder | undefined {
    if (spaces.length === 0) return undefined;
    const encoders = new Map(this.encodersOf(tenant).map((each) => [keyOf(spaceOf(each, each.dimensions)), each]));
    return spaces.map((space) => encoders.get(keyOf(space))).find((encoder) => encoder !== undefined);
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

  private encodersOf(tenant: TenantId): readonly ServingEncoder[] {
    const { encoders, earlierEncoders } = this.folder;
    return textEncodersOf(tenant)
      .flatMap((name) => [encoders.get(name), earlierEncoders.get(name)])
      .filter((encoder) => encoder !== undefined);
  }
}
