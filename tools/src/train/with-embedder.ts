import { textEmbedder, type EmbedTexts, type EncoderTokenizer } from '@offerstream/language';
import { openSession } from '@offerstream/onnx-runtime';

/**
 * Does something with a sentence encoder while its session is open.
 *
 * @param graph a path, or the bytes of the file
 * @throws what `work` throws; the signal's reason when it aborts while texts are embedded
 */
export const withEmbedder = async <T>(
  tokenizer: EncoderTokenizer,
  graph: string | Buffer,
  signal: AbortSignal,
  work: (embed: EmbedTexts) => Promise<T>,
): Promise<T> => {
  const session = await openSession(graph);
  try {
    return await work(
      textEmbedder(tokenizer, (feeds) => {
        signal.throwIfAborted();
        return session.run(feeds);
      }),
    );
  } finally {
    await session.close();
  }
};
