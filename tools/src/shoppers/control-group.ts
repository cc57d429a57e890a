import { hash64 } from '@offerstream/contracts';

/** Large enough to tell the two groups apart within minutes, small enough that most of what one sees is personal. */
const SHARE = 0.2;
const HASHES = 2 ** 32;

/** Whether a shopper is shown what is popular instead of what is meant for them: always the same ones, whoever asks. */
export const isInControlGroup = (subject: string): boolean =>
  Number(BigInt.asUintN(32, hash64(`control-group\0${subject}`))) < SHARE * HASHES;
