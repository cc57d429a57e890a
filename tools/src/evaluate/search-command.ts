import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { SeededRandom } from '@offerstream/autodiff';
import { readEncoderTokenizer } from '@offerstream/language';
import { evaluateSearch, type SearchReport, type Share } from '@offerstream/search';
import type { Command } from 'commander';
import { readRecorded } from '../events/read-recorded.js';
import { tellWhatWasLeftOut } from '../events/tell-left-out.js';
import { command, eventsOption, mappingOption } from '../line/program.js';
import { withEmbedder } from '../train/with-embedder.js';

interface Options {
  readonly events: readonly string[];
  readonly mapping?: string;
  readonly encoder?: string;
  readonly json?: string;
}

const SEED = 1;

/** `evaluate search`: how well search finds titles by some of their words, and how often it answers what means nothing. */
export const searchCommand = (signal: AbortSignal): Command =>
  command('search', 'Measures how well search finds the titles of recorded events.')
    .requiredOption(...eventsOption)
    .option(...mappingOption)
    .option(
      '--encoder <folder>',
      'a version of a sentence encoder, such as models/all-minilm-l6-v2/1; words alone if left out',
    )
    .option('--json <file>', 'write the figures there, too')
    .action(async ({ events: files, mapping, encoder, json }: Options) => {
      const history = await readRecorded({ files, mapping, signal });
      tellWhatWasLeftOut(history);
      const titles = [...new Set([...history.items.values()].flatMap(({ title }) => title ?? []))];
      const report = await evaluateWith(encoder, titles, signal);
      process.stdout.write(`${reportText(report, encoder)}\n`);
      if (json !== undefined) await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
    });

const evaluateWith = async (
  encoder: string | undefined,
  titles: readonly string[],
  signal: AbortSignal,
): Promise<SearchReport> => {
  const random = new SeededRandom(SEED).next;
  if (encoder === undefined) return evaluateSearch({ titles, random });
  const tokenizer = await readEncoderTokenizer(encoder);
  return withEmbedder(tokenizer, join(encoder, 'model.onnx'), signal, (embed) =>
    evaluateSearch({ titles, embed, random }),
  );
};

const reportText = ({ titles, part, misspelt, nonsense }: SearchReport, encoder: string | undefined): string => {
  const row = (what: string, questions: number, { words, wordsAndMeaning }: Share): string =>
    [
      what.padEnd(44),
      String(questions).padStart(9),
      words.toFixed(3).padStart(12),
      wordsAndMeaning?.toFixed(3).padStart(19) ?? '',
    ].join('');
  const named = encoder === undefined ? '' : `, meaning by ${basename(dirname(encoder))}/${basename(encoder)}`;
  return [
    `Search among ${titles} titles${named}`,
    `${''.padEnd(44)}questions  words alone${encoder === undefined ? '' : '  words and meaning'}`,
    row('MRR@10 of a title by some of its words', part.questions, part.meanReciprocalRank),
    row('the same with a slip in a word', misspelt.questions, misspelt.meanReciprocalRank),
    row('random letters: share that is answered', nonsense.questions, nonsense.answered),
  ].join('\n');
};
