// Lints texts as if they stood in given files of this workspace: [{ file, text }] on stdin, on stdout for each the rules
// that it breaks. A process of its own, because ESLint and its plugins don't load inside Jest.
import { text as readAll } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createProjectGraphAsync } from '@nx/devkit';
import { ESLint } from 'eslint';

const root = fileURLToPath(new URL('../', import.meta.url));
// The rule about boundaries is silent without it.
await createProjectGraphAsync({ exitOnError: false, resetDaemonClient: true });
const eslint = new ESLint({ cwd: root });
const answers = [];
for (const { file, text } of JSON.parse(await readAll(process.stdin))) {
  const [{ messages }] = await eslint.lintText(text, { filePath: `${root}${file}` });
  answers.push(messages.map(({ ruleId, message }) => ruleId ?? message));
}
process.stdout.write(JSON.stringify(answers), () => process.exit(0));
