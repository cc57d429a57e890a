import { z } from 'zod';

/** Which version of a model an answer is of. */
export const modelVersion = z.object({ name: z.string(), version: z.string() });

/** Of what is known of a version, what an answer says. */
export const namedVersion = ({ name, version }: z.output<typeof modelVersion>): z.output<typeof modelVersion> => ({
  name,
  version,
});
