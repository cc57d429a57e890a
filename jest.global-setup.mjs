import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const TESTING = new URL('./libs/testing/', import.meta.url);

/** Jest loads this outside its sandbox, where workspace libraries are found as built. */
export default async function globalSetup() {
  if (!existsSync(new URL('./dist/jest-global-setup.js', TESTING))) {
    const tsc = fileURLToPath(new URL('./node_modules/typescript/bin/tsc', import.meta.url));
    execFileSync(process.execPath, [tsc, '-b', fileURLToPath(new URL('./tsconfig.build.json', TESTING))], {
      stdio: 'inherit',
    });
  }
  const { setup } = await import('./libs/testing/dist/jest-global-setup.js');
  await setup();
}
