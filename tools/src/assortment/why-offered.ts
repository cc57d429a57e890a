import { EXPLANATION_SOURCES, type ItemId } from '@offerstream/contracts';
import { z } from 'zod';
import { DEMO_DISCOVER_PLACEMENT } from '../start/demo.js';
import { sourceShares, type SourceShare } from './source-shares.js';

const TIMEOUT_MS = 5_000;
/** As many as a request may ask for: the item need not be at the top of the list any more. */
const LIMIT = 50;

const answer = z.object({
  items: z.array(
    z.object({
      item: z.string(),
      explanation: z
        .object({
          sources: z.array(z.object({ source: z.enum(EXPLANATION_SOURCES), value: z.number() })).optional(),
        })
        .nullable(),
    }),
  ),
});

/**
 * Why an item is offered to a shopper, as the gateway says.
 *
 * @returns nothing where the shopper is not offered it any more
 * @throws Error where the gateway does not answer
 */
export const whyOffered = async (
  { url, key }: { readonly url: string; readonly key: string },
  { subject, item }: { readonly subject: string; readonly item: ItemId },
): Promise<readonly SourceShare[]> => {
  const response = await fetch(`${url}/v1/recommendations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ subject, placement: DEMO_DISCOVER_PLACEMENT, limit: LIMIT, explain: true }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`The gateway answered ${response.status}: ${text}`);
  const { items } = answer.parse(JSON.parse(text));
  return sourceShares(items.find((each) => each.item === item)?.explanation?.sources ?? []);
};
