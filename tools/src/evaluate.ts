import { suggestCommand } from './evaluate/suggest.js';
import { command, runProgram } from './line/program.js';

await runProgram(async (signal) => {
  await command('evaluate', 'Measures the quality of what is learned here, on held-out data.')
    .addCommand(suggestCommand(signal))
    .parseAsync();
  return 0;
});
