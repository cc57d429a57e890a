import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  byCommonWords,
  byEmbedding,
  readEncoderTokenizer,
  retrievalQuality,
  type EncoderTokenizer,
  type Ranking,
  type SentenceEncoderMetrics,
  type TrainedSentenceEncoder,
} from '@offerstream/language';
import { listModels } from '@offerstream/learning';
import { withEmbedder } from './with-embedder.js';

interface MeasureOptions {
  /** Whose pretrained encoders are asked the same. */
  readonly repository: string;
  readonly signal: AbortSignal;
  readonly onNext: (name: string) => void;
}

/**
 * Asks an encoder the questions of its test, and beside it the words that texts have in common, the same encoder without training, and
 * the pretrained ones of the repository.
 *
 * @throws the signal's reason when it aborts
 */
export const measureEncoders = async (
  { tokenizer, model, untrained, test }: TrainedSentenceEncoder,
  { repository, signal, onNext }: MeasureOptions,
): Promise<SentenceEncoderMetrics['found']> => {
  const found: SentenceEncoderMetrics['found'][number][] = [];
  const ask = async (name: string, ranking: Ranking): Promise<void> => {
    onNext(name);
    found.push({ name, quality: await retrievalQuality(interruptible(ranking, signal), test) });
  };
  const askEncoder = (name: string, reader: EncoderTokenizer, graph: string | Buffer): Promise<void> =>
    withEmbedder(reader, graph, signal, (embed) => ask(name, byEmbedding(embed)));
  await ask('words in common', byCommonWords);
  await askEncoder('the same, untrained', tokenizer, untrained.toBuffer());
  for (const { name, folder } of await pretrainedEncoders(repository)) {
    await askEncoder(name, await readEncoderTokenizer(folder), join(folder, 'model.onnx'));
  }
  await askEncoder('this encoder', tokenizer, model.toBuffer());
  return found;
};

const interruptible = (ranking: Ranking, signal: AbortSignal): Ranking =>
  async function* (questions) {
    for await (const nearness of ranking(questions)) {
      signal.throwIfAborted();
      yield nearness;
    }
  };

const pretrainedEncoders = async (
  repository: string,
): Promise<readonly { readonly name: string; readonly folder: string }[]> => {
  const models = await listModels(repository);
  return [...models]
    .map(([name, versions]) => ({ name, folder: join(repository, name, versions.at(-1) ?? '') }))
    .filter(({ folder }) => existsSync(join(folder, 'tokenizer.json')));
};
