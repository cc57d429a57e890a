import { readFile } from 'node:fs/promises';
import { openApiFaults, tempFolder } from '@offerstream/testing';
import { gatewayDocument } from './gateway-document.js';

/** Of requests that are of no operation. */
const BESIDE_OPERATIONS = ['404 no-such-route', '404 tenant-unknown', '405 method-not-allowed'];

const codesIn = (text: string): readonly string[] => Array.from(text.matchAll(/`([a-z-]+)`/g), ([, code = '']) => code);

interface Documented {
  readonly paths: Record<
    string,
    Record<string, { readonly responses: Record<string, { readonly description: string }> }>
  >;
}

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

  it('has the codes of problems that the table of docs/api.md has', async () => {
    const { paths } = file as Documented;
    const answers = Object.values(paths).flatMap((methods) =>
      Object.values(methods).flatMap(({ responses }) => Object.entries(responses)),
    );
    const documented = answers.flatMap(([status, { description }]) =>
      codesIn(description).map((code) => `${status} ${code}`),
    );
    const page = await readFile(new URL('../../../docs/api.md', import.meta.url), 'utf8');
    const inTable = Array.from(page.matchAll(/^\| (\d{3}) +\| ([^|]+)\|/gm), ([, status, codes = '']) =>
      codesIn(codes).map((code) => `${status} ${code}`),
    ).flat();
    expect(inTable.sort()).toEqual([...new Set([...documented, ...BESIDE_OPERATIONS])].sort());
  });
});
