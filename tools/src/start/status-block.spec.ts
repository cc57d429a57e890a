import type { RunState } from '../run-state.js';
import type { Summary } from './recent-figures.js';
import { statusBlock, summaryLine } from './status-block.js';

const state: RunState = {
  phase: 'running',
  pid: 1,
  startedAt: '2026-01-05T10:00:00.000Z',
  addresses: {
    collector: 'http://127.0.0.1:9400',
    control: 'c',
    gateway: 'http://127.0.0.1:9403',
    inference: 'i',
    kafka: 'k',
  },
  admin: {},
  controlDataDir: '',
  modelsDir: '',
  demo: { tenant: 'demo', writeKey: 'key', apiKey: `ofs_sk_test_${'a'.repeat(49)}`, items: ['tents-12'] },
  processes: {},
};
const summary: Summary = {
  eventsIn: 12_345,
  eventsPerSecond: 30.4,
  failed: 0,
  offersOut: 11_000,
  offersPerSecond: 27,
  latencyMs: { p50: 8.4, p99: 26 },
  hits: { judged: 900, offer: 0.716, popularity: 0.033 },
  newItems: {
    step: 'open',
    came: 4,
    offered: 3,
    medianSeconds: 1.94,
    example: {
      title: 'Stridewell Solstice Trail Running Shoes, Forest Green',
      subject: 'shopper-2417',
      shares: [
        { source: 'behaviour', share: 0.584 },
        { source: 'category', share: 0.3 },
        { source: 'image', share: 0.1 },
        { source: 'text', share: 0.016 },
      ],
    },
  },
  lag: 2,
};

it('shows figures, addresses and how to try it', () => {
  const block = statusBlock(state, summary, { notices: ['personalizer runs again'], stopping: false });
  for (const text of [
    '12,345',
    '30/s',
    '11,000',
    'p50 8 ms, p99 26 ms',
    '71.6% in the first 10 offered, popularity 3.3% (900 events)',
    '  new items      3 of 4 offered, 1.9 s after they came',
    `${' '.repeat(17)}Stridewell Solstice Trail Running Shoes, Forest Green`,
    `${' '.repeat(17)}to shopper-2417: behaviour 58%, category 30%, picture 10%\n`,
    'http://127.0.0.1:9400/v1/track',
    '"product_id":"tents-12"',
    'curl -u key: ',
    "curl 'http://127.0.0.1:9403/v1/offers/anna?placement=home'",
    'npm run offers -- --subject anna --placement home',
    'personalizer runs again',
    'Ctrl-C stops everything',
  ]) {
    expect(block).toContain(text);
  }
});

it('says where to look when events fail, and leaves out what there is not', () => {
  expect(statusBlock(state, { ...summary, failed: 3 }, { notices: [], stopping: false })).toContain(
    '3 failed: npm run failed',
  );
  expect(summaryLine(summary)).not.toContain('failed');
  expect(summaryLine({ ...summary, hits: undefined, newItems: undefined, latencyMs: undefined })).toBe(
    'events in 12,345 (30/s) · offers out 11,000 (27/s) · event→offer nothing yet · lag 2',
  );
});

it('says of new items what goes on before they come, and that none is offered yet', () => {
  const newItems = { came: 0, offered: 0, medianSeconds: undefined, example: undefined };
  const rows = (over: object): string | undefined =>
    statusBlock(
      state,
      { ...summary, newItems: { ...newItems, ...over } as Summary['newItems'] },
      { notices: [], stopping: false },
    )
      .split('\n')
      .find((line) => line.includes('new items'));
  expect(rows({ step: 'vectors' })).toBe('  new items      looking at the pictures of its items');
  expect(rows({ step: 'open', came: 1 })).toBe('  new items      1 came, none offered yet');
  expect(summaryLine(summary)).toContain(' · new items 3 of 4 offered, 1.9 s after they came · ');
});

it('fits a terminal of 80 columns, so that its command can be copied', () => {
  const lines = statusBlock(state, summary, { notices: [], stopping: false }).split('\n');
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});

it('says that it is stopping', () => {
  const block = statusBlock(state, summary, { notices: ['shoppers is stopped'], stopping: true });
  expect(block).toContain('shoppers is stopped');
  expect(block).not.toContain('Ctrl-C stops everything');
});
