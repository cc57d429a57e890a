import { createHash } from 'node:crypto';
import { itemHash, textEncodersOf, type ItemId, type TenantId } from '@offerstream/contracts';
import type { Catalog, DescribedItem } from '@offerstream/decisioning';
import { finiteRows, InferenceError, type InferenceClient, type InferenceTensor } from '@offerstream/inference-client';
import { readEncoderTokenizer, SENTENCE_ENCODER, textEmbedder, type EmbedTexts } from '@offerstream/language';
import type { Tensor, Tensors } from '@offerstream/onnx-runtime';
import { kept } from '@offerstream/pipeline';
import type { ServedVersion, ServedVersions } from '../served-versions.js';
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

/** Vectors of items' titles, by the pretrained encoder where it serves, else by the tenant's own. */
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

  async encoderOf(tenant: TenantId): Promise<ItemEncoder | undefined> {
    const served = await this.parts.versions.first(textEncodersOf(tenant), TOKENIZERS);
    if (served === undefined) return undefined;
    const { name, version } = served;
    return { name, version, embed: async (items) => this.embed(tenant, items, await this.embedderOf(served)) };
  }

  private embedderOf(served: ServedVersion): Promise<EmbedTexts> {
    const { name, version, folder } = served;
    return kept(this.embedders, `${name}/${version}`, async () =>
      textEmbedder(await readEncoderTokenizer(folder), (feeds) => this.run(served, feeds)),
    );
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
    const output = SENTENCE_ENCODER.embedding;
    const rows = feeds[SENTENCE_ENCODER.inputIds]?.dims[0] ?? 0;
    const { shape, data } = finiteRows(outputs[output], { model, output, rows });
    return { [output]: { dtype: 'float32', dims: [...shape], data } };
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
