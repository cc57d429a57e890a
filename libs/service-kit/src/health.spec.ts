import { Health } from './health.js';

const good = () => ({ ok: true, reason: 'fine' });
const bad = () => ({ ok: false, reason: 'Kafka is away' });

describe('health', () => {
  it('is good where nothing says otherwise', () => {
    expect(new Health().ready()).toEqual({ ok: true, checks: {} });
  });

  it('is not ready while one dependency is away, and shows every check', () => {
    const health = new Health();
    health.addReadiness('kafka', bad);
    health.addReadiness('tables', good);
    expect(health.ready()).toEqual({ ok: false, checks: { kafka: bad(), tables: good() } });
  });

  it('asks each time', () => {
    const health = new Health();
    let ok = false;
    health.addReadiness('started', () => ({ ok, reason: '' }));
    expect(health.ready().ok).toBe(false);
    ok = true;
    expect(health.ready().ok).toBe(true);
  });
});
