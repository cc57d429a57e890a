import { splitKey, usageSchema, type Usage } from '@offerstream/contracts';
import type { RawRecord } from '@offerstream/kafka';

/** A record of `usage`, or why it is none. */
export type ReadUsage =
  { readonly kind: 'usage'; readonly usage: Usage } | { readonly kind: 'misfit'; readonly detail: string };

export const readUsage = ({ key, value }: Pick<RawRecord, 'key' | 'value'>): ReadUsage => {
  if (value === null) return { kind: 'misfit', detail: 'it is empty' };
  let json: unknown;
  try {
    json = JSON.parse(value.toString());
  } catch {
    return { kind: 'misfit', detail: 'it is not JSON' };
  }
  const { data, error } = usageSchema.safeParse(json);
  if (error !== undefined) {
    const [issue] = error.issues;
    return { kind: 'misfit', detail: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}` };
  }
  return key !== null && splitKey(key.toString())?.tenant === data.tenant
    ? { kind: 'usage', usage: data }
    : { kind: 'misfit', detail: "the key is another tenant's" };
};
