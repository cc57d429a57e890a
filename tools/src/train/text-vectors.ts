import { join } from 'node:path';
import { textEncodersOf, type CatalogItem, type TenantId } from '@offerstream/contracts';
import { readEncoderTokenizer } from '@offerstream/language';
import { listModels, type ItemVectors } from '@offerstream/learning';
import { withEmbedder } from './with-embedder.js';

interface TextVectorOptions {
  readonly repository: string;
  readonly tenant: TenantId;
  readonly signal: AbortSignal;
}

/**
 * Vectors of all titles, where no item has one yet: by the pretrained encoder where the repository has it, else by the one that was
 * trained on the tenant's own titles, as the trainer chooses. Without either the vectors are as they were.
 *
 * @throws LanguageError; the signal's reason when it aborts
 */
export const withTextVectors = async (
  known: ItemVectors,
  items: readonly CatalogItem[],
  { repository, tenant, signal }: TextVectorOptions,
): Promise<ItemVectors> => {
  if ([...known.byItem.values()].some(({ text }) => text !== undefined)) return known;
  const models = await listModels(repository);
  const name = textEncodersOf(tenant).find((encoder) => models.has(encoder));
  const titled = items.flatMap(({ id, title }) => (title === undefined ? [] : [{ id: id, title }]));
  if (name === undefined || titled.length === 0) return known;
  const version = models.get(name)?.at(-1) ?? '';
  const folder = join(repository, name, version);
  const tokenizer = await readEncoderTokenizer(folder);
  const embeddings = await withEmbedder(tokenizer, join(folder, 'model.onnx'), signal, (embed) =>
    embed(titled.map(({ title }) => title)),
  );
  const dimensions = embeddings.length / titled.length;
  const byItem = new Map(known.byItem);
  titled.forEach(({ id }, place) => {
    const text = embeddings.slice(place * dimensions, (place + 1) * dimensions);
    byItem.set(id, { ...byItem.get(id), text });
  });
  return { byItem, encoders: { ...known.encoders, text: { model: name, version } } };
};
