import type { TenantId } from '@offerstream/contracts';

/** A sentence encoder that serves. */
export interface Encoder {
  readonly name: string;
  readonly version: string;
  readonly dimensions: number;
}

/** Turns texts into vectors that point the same way where they mean the same. */
export interface TextEmbedder {
  /** Undefined where the tenant has none. */
  encoderOf(tenant: TenantId): Encoder | undefined;
  /** @returns vectors [texts, dimensions] */
  embed(encoder: Encoder, texts: readonly string[], signal?: AbortSignal): Promise<{ readonly vectors: Float32Array }>;
}
