import { readFile } from 'node:fs/promises';
import { tempFolder } from '@offerstream/testing';
import { gatewayDocument } from './gateway-document.js';

it('docs/openapi/gateway.json is what the code says (else: npm run openapi -w @offerstream/gateway)', async () => {
  const file = await readFile(new URL('../../../docs/openapi/gateway.json', import.meta.url), 'utf8');
  expect(JSON.parse(file)).toEqual(JSON.parse(JSON.stringify(await gatewayDocument(await tempFolder()))));
});
