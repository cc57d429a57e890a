import { createErrorFromCode } from './kafkajs-internals.js';

/**
 * What a broker's answer means for the batch that was sent:
 * - `taken`: it is in the log
 * - `unsure`: it may be in the log; only the same batch again tells
 * - `later`: it was not taken and can be sent again
 * - `sequence-lost`: the broker's memory of this producer is not ours, for example after it lost records that it had
 *   acknowledged
 * - `too-large`, `faulty`: it was not taken because of its size, or of one of its records
 * - `forbidden`: none of its records may be written
 */
export type ProduceOutcome =
  | { readonly kind: 'taken' }
  | {
      readonly kind: 'unsure' | 'later' | 'sequence-lost' | 'too-large' | 'faulty' | 'forbidden';
      readonly error: Error;
    };

const ERROR = {
  requestTimedOut: 7,
  messageTooLarge: 10,
  recordListTooLarge: 18,
  notEnoughReplicasAfterAppend: 20,
  topicAuthorizationFailed: 29,
  clusterAuthorizationFailed: 31,
  outOfOrderSequence: 45,
  duplicateSequence: 46,
  invalidProducerEpoch: 47,
  unknownProducerId: 59,
} as const;

/** @param maybeTakenBefore whether an earlier send of the same batch may have been taken, so that a repeat is expected */
export const produceOutcome = (errorCode: number, maybeTakenBefore: boolean): ProduceOutcome => {
  if (errorCode === 0 || (errorCode === ERROR.duplicateSequence && maybeTakenBefore)) return { kind: 'taken' };
  const error = createErrorFromCode(errorCode);
  switch (errorCode) {
    case ERROR.requestTimedOut:
    case ERROR.notEnoughReplicasAfterAppend:
      return { kind: 'unsure', error };
    case ERROR.outOfOrderSequence:
    case ERROR.duplicateSequence:
    case ERROR.invalidProducerEpoch:
    case ERROR.unknownProducerId:
      return { kind: 'sequence-lost', error };
    case ERROR.messageTooLarge:
    case ERROR.recordListTooLarge:
      return { kind: 'too-large', error };
    case ERROR.topicAuthorizationFailed:
    case ERROR.clusterAuthorizationFailed:
      return { kind: 'forbidden', error };
    default:
      return { kind: error.retriable ? 'later' : 'faulty', error };
  }
};
