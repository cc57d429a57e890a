import { ACTION, ACTION_NAMES, shopAction, type ActionName } from '@offerstream/contracts';
import type { PastEvent } from './demo-shop.js';

/** What a shopper did with one item. */
export interface PastInteraction {
  readonly subject: string;
  readonly item: string;
  readonly action: ActionName;
  /** Milliseconds since 1970. */
  readonly time: number;
}

const ACTION_OF_CODE = new Map<number, ActionName>(ACTION_NAMES.map((name) => [ACTION[name], name]));

/** Each product of each event by itself, as models learn from them; events that do nothing to products are left out. */
export function* interactionsOf(history: Iterable<PastEvent>): Generator<PastInteraction> {
  for (const { subject, name, products, time } of history) {
    const action = ACTION_OF_CODE.get(shopAction(name)?.action ?? 0);
    if (action === undefined) continue;
    for (const { item } of products) yield { subject, item: item.id, action, time };
  }
}
