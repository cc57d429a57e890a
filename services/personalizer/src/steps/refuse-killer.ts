import type { RawRecord } from '@offerstream/kafka';
import { fail, ok, type Step } from '@offerstream/pipeline';
import type { Quarantine } from '../quarantine.js';

/** A record over which the process died again and again is set aside, so that its partition goes on. */
export const refuseKiller = (quarantine: Pick<Quarantine, 'isKiller'>): Step<RawRecord, RawRecord, RawRecord> =>
  function refuseKiller(record) {
    return quarantine.isKiller(record)
      ? fail('crash', 'the process died while this record alone was in work')
      : ok(record);
  };
