import { Health } from './health.js';

const good = () => ({ ok: true, reason: 'fine' });
const bad = () => ({ ok: false, reason: 'Kafka is away' });

describe('health', () => {
  it('is good where nothing says otherwise', () => {
    expect(new Health().live()).toEqual({ ok: true, checks: {} });
    expect(new Health().ready()).toEqual({ ok: true, checks: {} });
  });

  it('is not ready while a dependency is away, and lives all the same', () => {
    const health = new Health();
    health.addLiveness('loop', good);
    health.addReadiness('kafka', bad);
    health.addReadiness('tables', good);
    expect(health.live()).toEqual({ ok: true, checks: { loop: good() } });
    expect(health.ready()).toEqual({ ok: false, checks: { loop: good(), kafka: bad(), tables: good() } });
  });

  it('is not ready when it does not live', () => {
    const health = new Health();
    health.addLiveness('loop', bad);
    expect([health.live().ok, health.ready().ok]).toEqual([false, false]);
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
