/** Writes docs/openapi/gateway.json: `npm run openapi -w @offerstream/gateway`. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatewayDocument } from './dist/gateway-document.js';

const folder = new URL('../../docs/openapi/', import.meta.url);
const profiles = mkdtempSync(join(tmpdir(), 'offerstream-'));
const document = await gatewayDocument(profiles);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('gateway.json', folder), JSON.stringify(document, null, 2));
rmSync(profiles, { recursive: true });
