import { countTests, sum, summaryLines, type JestReport } from './test-report.js';

const report = (testResults: JestReport['testResults'], passed = 0, failed = 0): JestReport => ({
  numPassedTests: passed,
  numFailedTests: failed,
  testResults,
});
const file = (status: string, ...assertionResults: JestReport['testResults'][number]['assertionResults']) => ({
  name: 'a.spec.ts',
  status,
  message: '',
  assertionResults,
});
const test = (status: string, title: string, ...ancestorTitles: string[]) => ({ status, title, ancestorTitles });

it('counts a file that could not be loaded as failed', () => {
  expect(countTests(report([file('failed')], 3, 0))).toEqual({ passed: 3, failed: 1, skipped: [] });
});

it('counts a file with failed tests by its tests alone', () => {
  expect(countTests(report([file('failed', test('failed', 'x'), test('failed', 'y'))], 0, 2)).failed).toBe(2);
});

it('tells the reason of skipped tests from the name of their group, and says where none is given', () => {
  const { skipped } = countTests(
    report([
      file(
        'passed',
        test('pending', 'one', 'Replay [skipped: no reference data]'),
        test('pending', 'two', 'Replay [skipped: no reference data]'),
        test('todo', 'three', 'Other'),
      ),
    ]),
  );
  expect(skipped).toEqual([
    { reason: 'no reference data', count: 2 },
    { reason: 'no reason given: Other › three', count: 1 },
  ]);
});

it('ends with one line that sums up several runs', () => {
  const total = sum([
    { passed: 1, failed: 2, skipped: [{ reason: 'no Docker', count: 3 }] },
    { passed: 10, failed: 0, skipped: [{ reason: 'no data', count: 1 }] },
  ]);
  expect(summaryLines(total)).toEqual(['skipped 3: no Docker', 'skipped 1: no data', '11 passed, 2 failed, 4 skipped']);
});
