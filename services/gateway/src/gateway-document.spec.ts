import { readFile } from 'node:fs/promises';
import { openApiFaults, tempFolder } from '@offerstream/testing';
import { gatewayDocument } from './gateway-document.js';

describe('docs/openapi/gateway.json', () => {
  let file: object;
  beforeAll(async () => {
    const text = await readFile(new URL('../../../docs/openapi/gateway.json', import.meta.url), 'utf8');
    file = JSON.parse(text) as object;
  });

  it('is what the code says (else: npm run openapi -w @offerstream/gateway)', async () => {
    expect(file).toEqual(JSON.parse(JSON.stringify(await gatewayDocument(await tempFolder()))));
  });

  it('is valid OpenAPI', async () => {
    expect(await openApiFaults(file)).toEqual([]);
  });
});
