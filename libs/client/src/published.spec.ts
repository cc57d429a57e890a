import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const FOLDER = new URL('../', import.meta.url);
const read = (file: string): Promise<string> => readFile(new URL(file, FOLDER), 'utf8');

it('the types are those of docs/openapi/gateway.json (else: npm run types -w @offerstream/client)', async () => {
  const script = (JSON.parse(await read('package.json')) as { readonly scripts: { readonly types: string } }).scripts
    .types;
  const [program = '', ...args] = script.split(' ');
  const cli = fileURLToPath(new URL(`../../node_modules/.bin/${program}`, FOLDER));
  await promisify(execFile)(cli, [...args, '--check'], { cwd: fileURLToPath(FOLDER) });
});

it("the README's code is the example's", async () => {
  const blocks = [...(await read('README.md')).matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
  expect(blocks).toEqual([await read('examples/render-a-page.ts')]);
});
