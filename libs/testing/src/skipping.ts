/**
 * `describe` where the condition holds; elsewhere the tests are skipped, and the reason stands in their name, from where
 * the run's report takes it.
 */
export const skipUnless = (condition: boolean, reason: string): ((name: string, tests: () => void) => void) =>
  condition ? describe : (name, tests) => describe.skip(`${name} [skipped: ${reason}]`, tests);
