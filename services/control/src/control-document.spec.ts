import { readFile } from 'node:fs/promises';
import { openApiFaults, tempFolder } from '@offerstream/testing';
import { controlDocument } from './control-document.js';

describe('docs/openapi/control.json', () => {
  let file: object;
  beforeAll(async () => {
    const text = await readFile(new URL('../../../docs/openapi/control.json', import.meta.url), 'utf8');
    file = JSON.parse(text) as object;
  });

  it('is what the code says (else: npm run openapi -w @offerstream/control)', async () => {
    expect(file).toEqual(JSON.parse(JSON.stringify(await controlDocument(await tempFolder()))));
  });

  it('is valid OpenAPI', async () => {
    expect(await openApiFaults(file)).toEqual([]);
  });
});
