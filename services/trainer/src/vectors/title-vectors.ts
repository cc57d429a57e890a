import { createHash } from 'node:crypto';
import { itemHash, textEncodersOf, type ItemId, type TenantId } from '@offerstream/contracts';
import type { Catalog, DescribedItem } from '@offerstream/decisioning';
import { InferenceError, type InferenceClient, type InferenceTensor } from '@offerstream/inference-client';
import { readEncoderTokenizer, SENTENCE_ENCODER, textEmbedder, type EmbedTexts } from '@offerstream/language';
import type { Tensor, Tensors } from '@offerstream/onnx-runtime';
import type { ServedVersion, ServedVersions } from '../served-versions.js';
import { kept } from './kept.js';
import type { Embedded, ItemEncoder, VectorKind } from './vector-kind.js';

/** How long inference may take for the titles of a turn. */
const DEADLINE_MS = 10_000;
/** What encoders' texts are read by lies beside them. */
const TOKENIZERS = ['tokenizer.json', 'encoder.json'];

export interface TitleVectorsParts {
  readonly catalog: Pick<Catalog<DescribedItem>, 'shop'>;
  readonly versions: Pick<ServedVersions, 'first'>;
  readonly inference: Pick<InferenceClient, 'infer'>;
}

/** Vectors of items' titles, by the encoder that the gateway looks at the tenant's words with. */
export class TitleVectors implements VectorKind {
  readonly name = 'text';
  private readonly embedders = new Map<string, Promise<EmbedTexts>>();

  constructor(private readonly parts: TitleVectorsParts) {}

  sourceOf(tenant: TenantId, item: ItemId): string | undefined {
    const title = this.titleOf(tenant, item);
    return title === undefined ? undefined : createHash('sha256').update(title).digest('hex');
  }

  *itemsOf(tenant: TenantId): Generator<ItemId> {
    for (const { id, title } of this.parts.catalog.shop(tenant).all()) if (isText(title)) yield id;
  }

  /** An item comes with its title. */
  comesLater(): boolean {
    return false;
  }

  /** @throws LanguageError where the encoder is damaged */
  async encoderOf(tenant: TenantId): Promise<ItemEncoder | undefined> {
    const served = await this.parts.versions.first(textEncodersOf(tenant), TOKENIZERS);
    if (served === undefined) return undefined;
    const { name, version, folder } = served;
    const embedder = await kept(this.embedders, `${name}/${version}`, async () =>
      textEmbedder(await readEncoderTokenizer(folder), (feeds) => this.run(served, feeds)),
    );
    return { name, version, embed: (items) => this.embed(tenant, items, embedder) };
  }

  private async embed(tenant: TenantId, items: readonly ItemId[], embedder: EmbedTexts): Promise<readonly Embedded[]> {
    const titled = items.flatMap((item) => {
      const title = this.titleOf(tenant, item);
      const source = this.sourceOf(tenant, item);
      return title === undefined || source === undefined ? [] : [{ item, title, source }];
    });
    let vectors: Float32Array;
    try {
      vectors = await embedder(titled.map(({ title }) => title));
    } catch (error) {
      if (!(error instanceof InferenceError) || error.canRetry) throw error;
      if (items.length === 1) return [{ failure: error.message }];
      // One of them holds up no other.
      const alone: Embedded[] = [];
      for (const item of items) alone.push(...(await this.embed(tenant, [item], embedder)));
      return alone;
    }
    const dimensions = vectors.length / titled.length;
    const embedded = new Map(
      titled.map(({ item, source }, row) => [
        item,
        { source, vector: vectors.slice(row * dimensions, (row + 1) * dimensions) },
      ]),
    );
    return items.map((item) => embedded.get(item));
  }

  private async run({ name: model, version }: ServedVersion, feeds: Tensors): Promise<Tensors> {
    const { outputs } = await this.parts.inference.infer({
      model,
      version,
      inputs: Object.fromEntries(Object.entries(feeds).map(([input, tensor]) => [input, inferenceTensor(tensor)])),
      outputs: [SENTENCE_ENCODER.embedding],
      deadlineMs: DEADLINE_MS,
    });
    const answer = outputs[SENTENCE_ENCODER.embedding];
    if (answer?.datatype !== 'FP32' || answer.shape.length !== 2)
      throw new InferenceError('failed', `${model} is no sentence encoder.`);
    if (!answer.data.every(Number.isFinite))
      throw new InferenceError('failed', `${model} answers with numbers that are none.`);
    return { [SENTENCE_ENCODER.embedding]: { dtype: 'float32', dims: [...answer.shape], data: answer.data } };
  }

  private titleOf(tenant: TenantId, item: ItemId): string | undefined {
    const title = this.parts.catalog.shop(tenant).item(itemHash(tenant, item))?.title;
    return isText(title) ? title : undefined;
  }
}

const isText = (title: string | undefined): title is string => title !== undefined && title.trim() !== '';

const inferenceTensor = ({ dtype, dims, data }: Tensor): InferenceTensor => {
  if (dtype !== 'int64') throw new Error(`Sentence encoders take int64, not ${dtype}.`);
  return { datatype: 'INT64', shape: dims, data };
};
