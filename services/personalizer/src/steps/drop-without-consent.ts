import type { RawRecord } from '@offerstream/kafka';
import { drop, ok, type Step } from '@offerstream/pipeline';
import type { ReadEvent } from '../clickstream-record.js';

/** Where the tenant's rule is `required`, an event without `context.consent` changes nothing. */
export const dropWithoutConsent = (): Step<RawRecord, ReadEvent, ReadEvent> =>
  function dropWithoutConsent(event) {
    return event.tenant.consent === 'required' && !event.consent ? drop('no-consent') : ok(event);
  };
