import { OPERATOR_SCOPES } from '@offerstream/tenancy';
import { kafkaBrokers, pngPhoto, skipUnless } from '@offerstream/testing';
import { trainEncoder, trainLanguage } from './language-shop.js';
import { itemId, Line, TENANT } from './line.js';
import { findingsOf, whySchemathesisIsMissing } from './schemathesis.js';
import { ask, serveControl, serveGateway, type ServedApi } from './serving.js';

const missing = await whySchemathesisIsMissing();
const there = skipUnless(missing === undefined, missing ?? '');

const LANGUAGE = `${TENANT}.language`;
/** On a machine that does much else. */
const TIMEOUT_MS = 600_000;
/** So many that few are tried after they were deleted. */
const ITEMS = Array.from({ length: 200 }, (_, index) => itemId(index));

/** Ids of the operations whose scope is one of these. */
const operationsFor = async ({ url }: ServedApi, scopes: readonly string[]): Promise<readonly string[]> => {
  const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, { operationId: string; 'x-scope': string }>>>>;
  };
  return Object.values(paths)
    .flatMap((path) => Object.values(path))
    .filter((operation) => scopes.includes(operation['x-scope']))
    .map(({ operationId }) => operationId);
};

there('Schemathesis finds nothing', () => {
  let line: Line;
  beforeAll(async () => {
    line = await Line.prepare(await kafkaBrokers());
  }, TIMEOUT_MS);
  afterAll(() => line.close(), TIMEOUT_MS);

  it(
    'in the gateway',
    async () => {
      await trainLanguage(line, LANGUAGE);
      await trainEncoder(line, `${TENANT}.encoder`, 16);
      await line.startInference();
      const values = { placement: ['home'], item: ITEMS.slice(0, 3), model: [LANGUAGE] };
      const choosy = [
        // A line of an order that brings too much.
        'reportOutcomes',
        // A model that is not there, too many texts of each prompt, a text of too many words or of none, a slot that is none.
        ...['createCompletion', 'createEmbeddings', 'scoreText', 'writeCopy'],
        // Bytes that are no photo.
        ...['classifyImage', 'embedImages', 'listItemsLikeImage', 'searchByPhoto'],
      ];
      expect(await findingsOf(await serveGateway(line), { values, choosy }, line.folder)).toBe('');
    },
    TIMEOUT_MS,
  );

  describe('in control', () => {
    const tenant = 'shop';
    let control: ServedApi;
    let notOfTenants: readonly string[];
    beforeAll(async () => {
      control = await serveControl(line);
      notOfTenants = await operationsFor(control, ['public', ...OPERATOR_SCOPES]);
    }, TIMEOUT_MS);

    it(
      'for an owner',
      async () => {
        const { user, session } = await ask<{ user: { id: string }; session: { token: string } }>(
          control,
          'POST',
          '/v1/sign-ups',
          { tenant, email: 'ann@example.com', password: 'correct horse battery' },
        );
        const owner = { url: control.url, token: session.token };
        for (const id of ITEMS) {
          await ask(owner, 'POST', `/v1/catalog/items?tenant=${tenant}`, { id });
          await putPicture(owner, `/v1/catalog/items/${id}/picture?tenant=${tenant}`);
        }
        const key = await ask<{ id: string }>(owner, 'POST', `/v1/tenants/${tenant}/keys`, {
          purpose: 'site',
          kind: 'sk',
        });
        const findings = await findingsOf(
          owner,
          {
            values: { tenant: [tenant], user: [user.id], key: [key.id], id: ITEMS, name: [`${tenant}.behaviour`] },
            without: ['signOut', ...notOfTenants],
            choosy: [
              // A time that is over.
              ...['createKey', 'rotateKey'],
              // A placement that is named twice.
              'putTenant',
              // A key __proto__ in what items may have beside.
              'putItems',
              // Bytes that are no photo.
              'putPicture',
              // More hours than an answer has room for; a time that ends before it begins.
              ...['getUsage', 'reportOfOutcomes'],
              // The only owner stays one.
              'setUserRole',
              // What was removed before; there is no invoice yet.
              ...['removeItem', 'revokeKey', 'getInvoice'],
            ],
          },
          line.folder,
        );
        expect(findings).toBe('');
      },
      TIMEOUT_MS,
    );

    it(
      'for the operator and for strangers, what is for nobody in a tenant',
      async () => {
        const choosy = [
          // Strangers may not try often.
          ...['signUp', 'signIn'],
          // A quota that is named twice.
          ...['leaseQuotas', 'returnLeases'],
          // Tiers that do not follow each other.
          'putPlan',
          // A model that is not there.
          'extendModel',
        ];
        const knowledge = { values: { tenant: [tenant] }, only: notOfTenants, choosy };
        expect(await findingsOf(control, knowledge, line.folder)).toBe('');
      },
      TIMEOUT_MS,
    );
  });
});

const PICTURE = pngPhoto(4, 4, () => [200, 0, 0]);

const putPicture = async ({ url, token }: ServedApi, path: string): Promise<void> => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'image/png' };
  const answer = await fetch(`${url}${path}`, { method: 'PUT', headers, body: Uint8Array.from(PICTURE) });
  expect(answer.status).toBe(200);
};
