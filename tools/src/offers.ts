import { isSubjectId, type SubjectId, type TenantId } from '@offerstream/contracts';
import { InvalidArgumentError } from 'commander';
import { Line } from './line/line.js';
import { command, numberBetween, runProgram, tenantOption } from './line/program.js';
import { readCatalog } from './line/read-topic.js';
import { offerText } from './offers/offer-text.js';
import { watchOffers } from './offers/watch-offers.js';

interface Options {
  readonly data: string;
  readonly subject: SubjectId;
  readonly tenant: TenantId;
  readonly placement?: string;
  readonly json: boolean;
  readonly timeout?: number;
}

const subjectFrom = (value: string): SubjectId => {
  if (isSubjectId(value)) return value;
  throw new InvalidArgumentError('A subject has 1 to 200 bytes.');
};

const program = command('offers', 'Prints a shopper’s newest offer, then those that come.')
  .requiredOption('--subject <id>', 'the shopper', subjectFrom)
  .option(...tenantOption)
  .option('--placement <id>', 'only offers of this placement')
  .option('--json', 'one line of JSON for each offer', false)
  .option('--timeout <s>', 'end after so many seconds', numberBetween(0, Infinity, { above: true }))
  .parse();

await runProgram(async (signal) => {
  const { data, subject, tenant, placement, json, timeout } = program.opts<Options>();
  const line = new Line(data);
  const kafka = await line.kafka('offers');
  const catalog = json ? undefined : await readCatalog(kafka, line.topic('catalog'), tenant, signal);
  const ending = new AbortController();
  signal.addEventListener('abort', () => ending.abort(), { once: true });
  const timer = timeout === undefined ? undefined : setTimeout(() => ending.abort(), timeout * 1000);
  let printed = 0;
  await watchOffers(kafka, {
    topic: line.topic('offers'),
    tenant,
    subject,
    placement,
    signal: ending.signal,
    onOffer: (offer) => {
      printed += 1;
      process.stdout.write(json ? `${JSON.stringify(offer)}\n` : offerText(offer, (item) => catalog?.get(item)?.title));
    },
  });
  clearTimeout(timer);
  if (printed > 0 || signal.aborted) return 0;
  process.stderr.write(`No offer for ${subject} of tenant ${tenant} within ${timeout ?? 0} s.\n`);
  return 1;
});
