import { Counter, Gauge, Summary, type Registry } from 'prom-client';
import type { SourceShare } from './source-shares.js';

/** What there is to do before new products can be offered, one after the other, and then what goes on. */
export const STEPS = ['pictures', 'vectors', 'content', 'open'] as const;
export type Step = (typeof STEPS)[number];

/** A new product that somebody was offered, and why. */
export interface Example {
  readonly title: string;
  readonly subject: string;
  readonly shares: readonly SourceShare[];
}

/** What the demo's assortment tells Prometheus. */
export class AssortmentMetrics {
  private readonly steps: Gauge;
  private readonly came: Counter;
  private readonly offered: Summary;
  private readonly example: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.steps = new Gauge({
      name: 'assortment_step',
      help: 'What goes on: learning from pictures, waiting for vectors of them, learning what items are like; then it is open.',
      labelNames: ['step'],
      registers,
    });
    this.came = new Counter({ name: 'assortment_new_products_total', help: 'Products that came.', registers });
    this.offered = new Summary({
      name: 'assortment_new_product_to_offer_seconds',
      help: "From the back office's answer to the first offer with the new product.",
      percentiles: [0.5],
      registers,
    });
    this.example = new Gauge({
      name: 'assortment_example_share',
      help: 'Why the newest of them was offered: what each source has of all that speaks for it.',
      labelNames: ['title', 'subject', 'source'],
      registers,
    });
  }

  step(step: Step): void {
    for (const each of STEPS) this.steps.set({ step: each }, each === step ? 1 : 0);
  }

  productCame(): void {
    this.came.inc();
  }

  productOffered(seconds: number): void {
    this.offered.observe(seconds);
  }

  explained({ title, subject, shares }: Example): void {
    this.example.reset();
    for (const { source, share } of shares) this.example.set({ title, subject, source }, share);
  }
}
