import { ACTION, ACTION_NAMES, catalogItemSchema, itemHash, type TenantId } from '@offerstream/contracts';
import { HISTORY_LENGTH, Profile } from '@offerstream/profile';
import { z } from 'zod';

/** What a shopper did, as a request tells it. It is used for the answer and kept nowhere. */
export const askedHistory = z
  .array(
    z.strictObject({
      item: catalogItemSchema.shape.id,
      action: z.enum(ACTION_NAMES).default('view'),
      at: z.iso.datetime({ offset: true }).optional().meta({ description: 'When it happened; left out, just now.' }),
    }),
  )
  .max(HISTORY_LENGTH);
export type AskedHistory = z.output<typeof askedHistory>;

/** The profile of a shopper who did this and nothing else: models see no difference to a stored one. */
export const profileOf = (tenant: TenantId, history: AskedHistory, nowMs: number): Profile => {
  const profile = Profile.empty();
  for (const { item, action, at } of history) {
    const timeMs = at === undefined ? nowMs : Math.min(Date.parse(at), nowMs);
    profile.add({
      itemHash: itemHash(tenant, item),
      action: ACTION[action],
      // A profile counts from 1970.
      timeSeconds: Math.max(0, Math.floor(timeMs / 1_000)),
    });
  }
  return profile;
};
