import { offerSchema } from '@offerstream/contracts';
import type { RawRecord } from '@offerstream/kafka';

/** The newest offer of each subject of a placement, by the rule for consumers: the highest revision counts. */
export class NewestOffers {
  private readonly newest = new Map<string, { readonly revision: number; readonly items: readonly string[] }>();

  constructor(
    private readonly tenant: string,
    private readonly placement: string,
  ) {}

  apply({ value }: Pick<RawRecord, 'value'>): void {
    if (value === null) return;
    const { tenant, subject, placement, revision, items } = offerSchema.parse(JSON.parse(value.toString()));
    if (tenant !== this.tenant || placement !== this.placement) return;
    if ((this.newest.get(subject)?.revision ?? 0) >= revision) return;
    this.newest.set(subject, { revision, items: items.map(({ item }) => item) });
  }

  /** Item ids, best first; undefined when the subject has had no offer. */
  itemsFor(subject: string): readonly string[] | undefined {
    return this.newest.get(subject)?.items;
  }
}
