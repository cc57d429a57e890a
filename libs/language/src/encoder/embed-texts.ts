import { dataOf } from '@offerstream/onnx-runtime';
import type { RunGraph } from '../neural/network-component.js';
import type { EncoderTokenizer } from './encoder-tokenizer.js';
import type { EmbedTexts } from './retrieval-quality.js';
import { SENTENCE_ENCODER } from './sentence-encoder-graph.js';

/** Texts that are embedded in one run. */
const TEXTS_A_RUN = 64;

/** Embeds texts by a sentence encoder, those of similar length together. */
export const textEmbedder =
  (tokenizer: EncoderTokenizer, run: RunGraph): EmbedTexts =>
  async (texts) => {
    const encoded = texts.map((text, place) => ({ ...tokenizer.encode(text), place }));
    encoded.sort((a, b) => a.ids.length - b.ids.length);
    let embeddings = new Float32Array();
    for (let from = 0; from < encoded.length; from += TEXTS_A_RUN) {
      const batch = encoded.slice(from, from + TEXTS_A_RUN);
      const rows = dataOf(await run(tokenizer.batch(batch)), SENTENCE_ENCODER.embedding, 'float32');
      const dimensions = rows.length / batch.length;
      if (from === 0) embeddings = new Float32Array(texts.length * dimensions);
      batch.forEach(({ place }, row) =>
        embeddings.set(rows.subarray(row * dimensions, (row + 1) * dimensions), place * dimensions),
      );
    }
    return embeddings;
  };
