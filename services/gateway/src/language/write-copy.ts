import { SeededRandom } from '@offerstream/autodiff';
import { parseCopyTemplate, type CopyField, type TemplatePart } from '@offerstream/contracts';
import { END, UNKNOWN } from '@offerstream/language';
import type { CopyItem, CopyTask, WrittenCopy } from './language-tasks.js';
import { MAX_WORDS, noTemplateFits } from './language-refusal.js';
import type { Work } from '../threads/answer-tasks.js';
import type { LoadedLanguageModel } from './loaded-language-model.js';
import { sampleWord } from './sampling.js';

const FIELDS: Readonly<Record<CopyField, (item: CopyItem) => string | undefined>> = {
  title: ({ title }) => title,
  category: ({ categories }) => categories.at(-1),
  price: ({ price }) => price,
};

/**
 * Fills templates with an item: the model chooses among the alternatives of each, puts words of the item together, and chooses among the
 * filled ones. Nothing stands in the text that is neither in the template nor in the item.
 *
 * @throws TaskRefusal `no-template-fits`
 */
export const writeCopy = async (loaded: LoadedLanguageModel, task: CopyTask, work: Work): Promise<WrittenCopy> => {
  const writer = new Writer(loaded, task, work);
  const written: { readonly text: string; readonly template: string; readonly score: number }[] = [];
  for (const template of task.templates) {
    const parts = parseCopyTemplate(template);
    if (typeof parts === 'string') throw new Error('Templates are read before they are filled.');
    const text = await writer.fill(parts);
    if (text === undefined || text === '') continue;
    written.push({ text, template, score: await writer.meanScore([], text) });
  }
  const { text, template } = written[writer.draw(written.map(({ score }) => score))] ?? {};
  if (text === undefined || template === undefined) throw noTemplateFits(task.maxWords);
  return { text, template, tokens: writer.tokens };
};

class Writer {
  /** Words that the model read and made. */
  tokens = 0;
  private readonly random: SeededRandom;
  /** Ids of the item's words that the model knows. */
  private readonly itemWords: readonly number[];

  constructor(
    private readonly loaded: LoadedLanguageModel,
    private readonly task: CopyTask,
    private readonly work: Work,
  ) {
    this.random = new SeededRandom(task.seed);
    const { title, categories } = task.item;
    const ids = loaded.vocabulary.encode(loaded.tokenize([title ?? '', ...categories].join(' ')));
    this.itemWords = [...new Set(ids)].filter((id) => id !== UNKNOWN);
  }

  /** Undefined where the item lacks what the template names, or that is too long: then the model is not asked about the rest. */
  async fill(parts: readonly TemplatePart[]): Promise<string | undefined> {
    let text = '';
    for (const part of parts) {
      const filled = await this.fillPart(part, text);
      if (filled === undefined) return undefined;
      text += filled;
      if (wordsIn(text) > this.task.maxWords || this.loaded.tokenize(text).length > MAX_WORDS) return undefined;
    }
    return text.replaceAll(/\s+/gu, ' ').trim();
  }

  private async fillPart(part: TemplatePart, before: string): Promise<string | undefined> {
    switch (part.kind) {
      case 'text':
        return part.text;
      case 'field':
        return FIELDS[part.field](this.task.item);
      case 'choice': {
        const history = this.read(before);
        const scores: number[] = [];
        for (const text of part.texts) scores.push(await this.meanScore(history, text));
        return part.texts[this.draw(scores)];
      }
      case 'words':
        return this.write(this.read(before), part.atMost);
    }
  }

  /** Log-probability of a text after some words, a word; 0 for one without words. */
  async meanScore(history: readonly number[], text: string): Promise<number> {
    const { model, vocabulary, tokenize } = this.loaded;
    const words = vocabulary.encode(tokenize(text));
    if (words.length === 0) return 0;
    this.tokens += words.length;
    const sentence = Uint16Array.from([...history, ...words]);
    const rows = new Float32Array((sentence.length + 1) * model.vocabularySize);
    await this.turn();
    await model.alongSentences([sentence], rows);
    const scores = Array.from(words, (word, at) => rows[(history.length + at) * model.vocabularySize + word] as number);
    return scores.reduce((sum, score) => sum + score, 0) / scores.length;
  }

  /** Draws one of some by their log-probabilities. */
  draw(scores: readonly number[]): number {
    return sampleWord(Float32Array.from(scores), { temperature: 1, topP: 1, random: this.random.next });
  }

  /** Each time that the model is asked, others come in between, and whoever waits may have gone. */
  private async turn(): Promise<void> {
    await this.work.pause();
    this.work.signal.throwIfAborted();
  }

  private read(text: string): readonly number[] {
    const { vocabulary, tokenize } = this.loaded;
    return [...vocabulary.encode(tokenize(text))];
  }

  /** Some of the item's words, none twice; undefined where the model knows none of them. */
  private async write(history: readonly number[], atMost: number): Promise<string | undefined> {
    const { model, vocabulary } = this.loaded;
    const left = new Set(this.itemWords);
    const words: number[] = [];
    while (words.length < atMost && left.size > 0) {
      const distribution = new Float32Array(model.vocabularySize);
      await this.turn();
      await model.afterHistories([Uint16Array.from([...history, ...words])], distribution);
      const allowed = words.length === 0 ? left : new Set([...left, END]);
      distribution.forEach((_, id) => {
        if (!allowed.has(id)) distribution[id] = -Infinity;
      });
      const word = sampleWord(distribution, { temperature: 1, topP: 1, random: this.random.next });
      if (word === END) break;
      this.tokens += 1;
      words.push(word);
      left.delete(word);
    }
    return words.length === 0 ? undefined : words.map((id) => vocabulary.wordOf(id)).join(' ');
  }
}

const wordsIn = (text: string): number => text.match(/\S+/gu)?.length ?? 0;
