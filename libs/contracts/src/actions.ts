/** What a shopper did with an item, as models see it (`history_actions`). */
export const ACTION = { view: 1, click: 2, wishlist: 3, cart: 4, purchase: 5, remove: 6 } as const;

export type ActionName = keyof typeof ACTION;
export type ActionCode = (typeof ACTION)[ActionName];

export const ACTION_NAMES = Object.keys(ACTION) as readonly ActionName[];
