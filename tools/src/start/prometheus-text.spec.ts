import { Counter, Gauge, Registry } from 'prom-client';
import { parseSamples } from './prometheus-text.js';

it('reads back what prom-client writes, labels with quotes and line ends too', async () => {
  const registry = new Registry();
  const registers = [registry];
  new Gauge({ name: 'lag', help: 'h', registers }).set(-1.5);
  const events = new Counter({ name: 'events_total', help: 'h', labelNames: ['reason', 'kind'], registers });
  events.inc({ reason: 'a "b"\\c\nd, e="f"', kind: 'x' }, 3);
  expect(parseSamples(await registry.metrics())).toEqual([
    { name: 'lag', labels: {}, value: -1.5 },
    { name: 'events_total', labels: { reason: 'a "b"\\c\nd, e="f"', kind: 'x' }, value: 3 },
  ]);
});
