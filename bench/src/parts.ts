import { report } from './machine.js';

/** Takes a part of a measurement; gives the reason where that can't be done here. */
export type Measure = () => Promise<string | undefined>;

/** Takes some parts of a measurement. What can't be measured here is said, and counted. */
export const takeParts = async <Part extends string>(
  bench: string,
  measures: Readonly<Record<Part, Measure>>,
  parts: readonly Part[],
): Promise<void> => {
  let skipped = 0;
  for (const part of parts) {
    const reason = await measures[part]();
    if (reason === undefined) continue;
    skipped += 1;
    report({ bench, part, skipped: reason });
  }
  report({ bench, parts: parts.length, skipped });
};
