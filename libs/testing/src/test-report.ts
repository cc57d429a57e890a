/** The part of Jest's `--json` report that is read here. */
export interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly { readonly reason: string; readonly count: number }[];
}

export const NOTHING: TestCounts = { passed: 0, failed: 0, skipped: [] };

/** A file that can't even be loaded counts as one failed test. */
export const countTests = (report: JestReport): TestCounts => {
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((result) => result.status === 'failed'),
  ).length;
  const reasons = report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status !== 'passed' && status !== 'failed')
    .map(({ ancestorTitles, title }) => reasonIn([...ancestorTitles, title]));
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken,
    skipped: [...new Set(reasons)].map((reason) => ({
      reason,
      count: reasons.filter((each) => each === reason).length,
    })),
  };
};

/** See `skipUnless`. */
const reasonIn = (titles: readonly string[]): string => {
  for (const title of titles) {
    const reason = /\[skipped: (.+)\]$/.exec(title)?.[1];
    if (reason !== undefined) return reason;
  }
  return `no reason given: ${titles.join(' › ')}`;
};

export const sum = (all: readonly TestCounts[]): TestCounts => ({
  passed: all.reduce((total, { passed }) => total + passed, 0),
  failed: all.reduce((total, { failed }) => total + failed, 0),
  skipped: all.flatMap(({ skipped }) => skipped),
});

/** One line for each reason to skip, then the line that ends a run. */
export const summaryLines = ({ passed, failed, skipped }: TestCounts): readonly string[] => [
  ...skipped.map(({ reason, count }) => `skipped ${count}: ${reason}`),
  `${passed} passed, ${failed} failed, ${skipped.reduce((total, { count }) => total + count, 0)} skipped`,
];
