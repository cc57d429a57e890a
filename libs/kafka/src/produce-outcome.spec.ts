import { produceOutcome } from './produce-outcome.js';

describe('produceOutcome', () => {
  test.each([
    ['no error', 0, 'taken'],
    ['a timeout after the append', 20, 'unsure'],
    ['another leader', 6, 'later'],
    ['a sequence with a gap', 45, 'sequence-lost'],
    ['a batch above max.message.bytes', 10, 'too-large'],
    ['a record without a key for a compacted topic', 87, 'faulty'],
    ['no right to write', 29, 'forbidden'],
  ])('%s (%i): %s', (_, errorCode, kind) => {
    expect(produceOutcome(errorCode, false).kind).toBe(kind);
  });

  test('a repeat is taken only where an earlier send may have been: else the sequence is not ours', () => {
    expect(produceOutcome(46, true).kind).toBe('taken');
    expect(produceOutcome(46, false).kind).toBe('sequence-lost');
  });
});
