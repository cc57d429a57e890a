import { randomBytes } from 'node:crypto';
import { freePort } from '@offerstream/infra';
import { apiKeyId, hashApiKey, makeApiKey, SCOPES_OF_KEY_KIND } from '@offerstream/tenancy';
import { kafkaBrokers, skipUnless } from '@offerstream/testing';
import { itemId, Line, MODEL } from './line.js';
import { findingsOf, whySchemathesisIsMissing } from './schemathesis.js';

const missing = await whySchemathesisIsMissing();
const there = skipUnless(missing === undefined, missing ?? '');

const TIMEOUT_MS = 300_000;

there('Schemathesis finds nothing', () => {
  let line: Line;
  beforeAll(async () => {
    line = await Line.prepare(await kafkaBrokers());
  });
  afterAll(() => line.close());

  it(
    'in the gateway',
    async () => {
      const token = makeApiKey({ kind: 'sk', mode: 'live' }, randomBytes(32));
      const hash = hashApiKey(token);
      await line.publishTenant({
        keys: [{ id: apiKeyId(hash), hash, kind: 'sk', scopes: [...SCOPES_OF_KEY_KIND.sk], expiresAt: null }],
      });
      await line.startInference();
      const port = await freePort();
      const gateway = await line.start('gateway', {
        HTTP_PORT: String(port),
        PROFILES_DIR: line.path('profiles'),
        INFERENCE_ADDRESS: line.inferenceAddress,
        INFERENCE_DEADLINE_MS: '10000',
      });
      await gateway.ready();
      const values = { placement: ['home'], model: [MODEL], item: [1, 2, 3].map(itemId) };
      expect(await findingsOf({ url: `http://127.0.0.1:${port}`, token, values }, line.folder)).toBe('');
    },
    TIMEOUT_MS,
  );
});
