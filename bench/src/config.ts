/** Services get it as it is, so that a measurement can be tried with other settings: `BATCH_RECORDS=512 npm run bench -- line`. */
export const inheritedEnvironment: Readonly<Record<string, string | undefined>> = process.env;
