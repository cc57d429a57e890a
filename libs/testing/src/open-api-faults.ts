/**
 * What an OpenAPI document has against the standard, and against what Redocly recommends.
 *
 * @see https://redocly.com/docs/cli/rules/recommended
 */
export const openApiFaults = async (document: object): Promise<readonly string[]> => {
  // Here, because loading it takes long, and nearly every spec loads this file.
  const { createConfig, lintFromString } = await import('@redocly/openapi-core');
  const problems = await lintFromString({
    source: JSON.stringify(document),
    config: await createConfig({
      extends: ['recommended'],
      rules: {
        // Whether there may be further properties is what the schemas say; else each part of an allOf would have to know all.
        'no-invalid-media-type-examples': { severity: 'error', allowAdditionalProperties: true },
      },
    }),
  });
  return problems.map(({ ruleId, message, location }) => `${location[0]?.pointer ?? '#'}: ${message} (${ruleId})`);
};
