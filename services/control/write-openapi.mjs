/** Writes docs/openapi/control.json: `npm run openapi -w @offerstream/control`. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { controlDocument } from './dist/control-document.js';

const folder = new URL('../../docs/openapi/', import.meta.url);
const dataFolder = mkdtempSync(join(tmpdir(), 'offerstream-'));
const document = await controlDocument(dataFolder);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('control.json', folder), JSON.stringify(document, null, 2));
rmSync(dataFolder, { recursive: true });
