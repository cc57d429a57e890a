import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { Counter, Registry } from 'prom-client';
import { startAdminServer, type AdminServer } from './admin-server.js';
import { Health } from './health.js';

describe('the admin server', () => {
  let server: AdminServer;
  let health: Health;
  let metrics: Registry;
  beforeEach(async () => {
    health = new Health();
    metrics = new Registry();
    server = await startAdminServer({ host: '127.0.0.1', port: 0 }, { metrics, health });
  });
  afterEach(() => server.close());
  const get = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`);

  it('shows the metrics', async () => {
    new Counter({ name: 'things_total', help: 'Things.', registers: [metrics] }).inc(3);
    const response = await get('/metrics');
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('things_total 3')]);
  });

  it('answers 500 where a metric can’t be collected, and goes on', async () => {
    new Counter({
      name: 'broken_total',
      help: 'Broken.',
      registers: [metrics],
      collect: () => {
        throw new Error('planted');
      },
    });
    expect((await get('/metrics')).status).toBe(500);
    expect((await get('/health/live')).status).toBe(200);
  });

  it('answers health with 200 or 503 and each check', async () => {
    health.addReadiness('kafka', () => ({ ok: false, reason: 'away' }));
    const [live, ready] = await Promise.all([get('/health/live'), get('/health/ready')]);
    expect([live.status, await live.json()]).toEqual([200, { ok: true, checks: {} }]);
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { ok: false, checks: { kafka: { ok: false, reason: 'away' } } },
    ]);
  });

  it('says what there is where nothing is', async () => {
    const response = await get('/');
    expect([response.status, await response.text()]).toEqual([404, expect.stringContaining('/metrics')]);
  });

  it('refuses a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(startAdminServer({ host: '127.0.0.1', port }, { metrics, health })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
    other.close();
  });

  it('closes although somebody stays connected', async () => {
    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    await server.close();
    await once(socket, 'close');
    await expect(get('/metrics')).rejects.toThrow();
    server = await startAdminServer({ host: '127.0.0.1', port: 0 }, { metrics, health });
  });
});
