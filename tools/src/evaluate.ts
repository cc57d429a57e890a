import { Command } from 'commander';
import { contentCommand } from './evaluate/content-command.js';
import { languageCommand } from './evaluate/language-command.js';
import { searchCommand } from './evaluate/search-command.js';
import { suggestCommand } from './evaluate/suggest.js';
import { visionCommand } from './evaluate/vision-command.js';
import { runProgram } from './line/program.js';

await runProgram(async (signal) => {
  await new Command('evaluate')
    .description('Measures how good models are on data that they have not seen.')
    .showHelpAfterError()
    .addCommand(contentCommand(signal))
    .addCommand(languageCommand(signal))
    .addCommand(searchCommand(signal))
    .addCommand(suggestCommand(signal))
    .addCommand(visionCommand(signal))
    .parseAsync();
  return 0;
});
