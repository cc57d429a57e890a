import { writeFile } from 'node:fs/promises';
import { ACTION } from '@offerstream/contracts';
import { evaluateSuggest, type HeldOutRank, type NamePurchase, type SuggestReport } from '@offerstream/search';
import type { Command } from 'commander';
import type { History } from '../events/history.js';
import { readRecorded } from '../events/read-recorded.js';
import { tellWhatWasLeftOut } from '../events/tell-left-out.js';
import { command, eventsOption, mappingOption } from '../line/program.js';

interface Options {
  readonly events: readonly string[];
  readonly mapping?: string;
  readonly json?: string;
}

/** `evaluate suggest`: how well search completes the names of what shoppers bought later. */
export const suggestCommand = (signal: AbortSignal): Command =>
  command('suggest', 'Measures how well search completes what shoppers type, on recorded purchases.')
    .requiredOption(...eventsOption)
    .option(...mappingOption)
    .option('--json <file>', 'write the figures there, too')
    .action(async ({ events: files, mapping, json }: Options) => {
      const history = await readRecorded({
        files,
        mapping,
        signal,
      });
      tellWhatWasLeftOut(history);
      const report = await evaluateSuggest(purchasesOf(history), signal);
      process.stdout.write(`${reportText(report)}\n`);
      if (json !== undefined) await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
    });

/** Under the names that the catalog has; what has none is not asked about. */
const purchasesOf = ({ events, items }: History): NamePurchase[] =>
  events.flatMap(({ subject, timeMs: atMs, interactions }) =>
    interactions.flatMap(({ item, action }) => {
      const name = items.get(item)?.title;
      return action === ACTION.purchase && name !== undefined ? [{ subject, name, atMs }] : [];
    }),
  );

const DAY_MS = 86_400_000;

const reportText = ({ questions, weights, halfLifeMs, mostPopular, alone, without, all }: SuggestReport): string => {
  const row = (what: string, { validation, test }: HeldOutRank): string =>
    `${what.padEnd(32)}${validation.toFixed(4).padStart(12)}${test.toFixed(4).padStart(10)}${gain(test / mostPopular.test)}`;
  return [
    `MRR@5 of a bought name after its first 3 characters (${questions.validation} and ${questions.test} purchases)`,
    `${''.padEnd(32)}  validation      test   against most popular (test)`,
    row('most popular completion', mostPopular),
    row('popularity, halved in time', alone.popularity),
    row('language model alone', alone.language),
    row('habit alone', alone.habit),
    row('all', all),
    row('all without popularity', without.popularity),
    row('all without the language model', without.language),
    row('all without habit', without.habit),
    '',
    `Chosen on the validation part: popularity ${weights.popularity}, language ${weights.language}, habit ${weights.habit}, half-life ${halfLifeMs / DAY_MS} days.`,
  ].join('\n');
};

const gain = (ratio: number): string =>
  `${ratio < 1 ? '−' : '+'}${Math.abs(100 * (ratio - 1)).toFixed(1)} %`.padStart(12);
