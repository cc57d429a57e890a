import { kafkaBrokers, skipUnless } from '@offerstream/testing';
import { itemId, Line, MODEL } from './line.js';
import { findingsOf, whySchemathesisIsMissing } from './schemathesis.js';
import { ask, serveControl, serveGateway, type ServedApi } from './serving.js';

const missing = await whySchemathesisIsMissing();
const there = skipUnless(missing === undefined, missing ?? '');

const TIMEOUT_MS = 300_000;
/** Operations that need a scope that nobody in a tenant has. */
const OF_THE_OPERATOR = ['listTenants', 'reportKeyUses'];
const ITEMS = [1, 2, 3].map(itemId);

there('Schemathesis finds nothing', () => {
  let line: Line;
  beforeAll(async () => {
    line = await Line.prepare(await kafkaBrokers());
  });
  afterAll(() => line.close());

  it(
    'in the gateway',
    async () => {
      await line.startInference();
      const values = { placement: ['home'], model: [MODEL], item: ITEMS };
      expect(await findingsOf(await serveGateway(line), { values }, line.folder)).toBe('');
    },
    TIMEOUT_MS,
  );

  describe('in control', () => {
    let control: ServedApi;
    beforeAll(async () => {
      control = await serveControl(line);
    });

    it(
      'for an owner',
      async () => {
        const tenant = 'shop';
        const { user, session } = await ask<{ user: { id: string }; session: { token: string } }>(
          control,
          'POST',
          '/v1/sign-ups',
          { tenant, email: 'ann@example.com', password: 'correct horse battery' },
        );
        const owner = { url: control.url, token: session.token };
        for (const id of ITEMS) await ask(owner, 'POST', `/v1/catalog/items?tenant=${tenant}`, { id });
        const key = await ask<{ id: string }>(owner, 'POST', `/v1/tenants/${tenant}/keys`, {
          purpose: 'site',
          kind: 'sk',
        });
        const findings = await findingsOf(
          owner,
          {
            values: {
              ...{ tenant: [tenant], user: [user.id], key: [key.id], id: ITEMS, name: [MODEL] },
              // Schemathesis makes no valid value for a header whose pattern has quotes.
              'If-Match': ['"1"'],
            },
            without: ['signOut', ...OF_THE_OPERATOR],
            // A time that is over, a placement that is named twice.
            choosy: ['createKey', 'rotateKey', 'putTenant'],
          },
          line.folder,
        );
        expect(findings).toBe('');
      },
      TIMEOUT_MS,
    );

    it(
      'for the operator, what nobody else may',
      async () => {
        expect(await findingsOf(control, { values: {}, only: OF_THE_OPERATOR }, line.folder)).toBe('');
      },
      TIMEOUT_MS,
    );
  });
});
