import { batchOf, event, record, tenant } from '../shop.fixture.js';
import { dropWithoutConsent } from './drop-without-consent.js';

describe('consent', () => {
  it.each([
    ['assumed', false, 'ok'],
    ['assumed', true, 'ok'],
    ['required', true, 'ok'],
    ['required', false, 'drop'],
  ] as const)('where it is %s and the event says %s: %s', (consent, given, kind) => {
    const read = event({ tenant: tenant({ consent }), consent: given });
    const result = dropWithoutConsent()(read, record(), batchOf([]));
    expect(result).toEqual(kind === 'ok' ? { kind, value: read } : { kind, reason: 'no-consent' });
  });
});
