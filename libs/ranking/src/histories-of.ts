import type { AskedHistories } from '@offerstream/inference-client';
import { longestHistory, type Profile } from '@offerstream/profile';

/** Shoppers' histories as models are asked about them, one row a profile, as long as the longest. */
export const historiesOf = (profiles: readonly Profile[]): AskedHistories => {
  const rows = profiles.length;
  const length = longestHistory(profiles);
  const historyItems = new BigInt64Array(rows * length);
  const historyActions = new BigInt64Array(rows * length);
  const historyAges = new Float32Array(rows * length);
  const inputs = {
    length,
    items: new Int32Array(historyItems.buffer),
    actions: new Int32Array(historyActions.buffer),
    ages: historyAges,
  };
  profiles.forEach((profile, row) => profile.writeHistory(inputs, row));
  return { rows, length, historyItems, historyActions, historyAges };
};
