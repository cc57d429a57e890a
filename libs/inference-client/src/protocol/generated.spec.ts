import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { INFERENCE_PROTO_FILE } from './load.js';

const filesIn = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length), readFileSync(path, 'utf8')]),
  );

test('the generated types are those of the contract (node proto/generate.mjs)', () => {
  const target = mkdtempSync(join(tmpdir(), 'generated-'));
  try {
    execFileSync(process.execPath, [join(dirname(INFERENCE_PROTO_FILE), 'generate.mjs'), target], {
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    const committed = filesIn(fileURLToPath(new URL('generated', import.meta.url)));
    expect(Object.keys(committed).length).toBeGreaterThan(10);
    expect(filesIn(target)).toEqual(committed);
  } finally {
    rmSync(target, { recursive: true });
  }
});
