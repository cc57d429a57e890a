import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { Health, HealthReport } from './health.js';

export interface AdminServer {
  readonly port: number;
  close(): Promise<void>;
}

/** `/metrics` (Prometheus), `/health/live` (200) and `/health/ready` (200 or 503, JSON with each check) on a port of their own. */
export const startAdminServer = async (
  address: { readonly host: string; readonly port: number },
  parts: { readonly metrics: Registry; readonly health: Health },
): Promise<AdminServer> => {
  const server = createServer((request, response) => {
    const answerHealth = (result: HealthReport) =>
      response.writeHead(result.ok ? 200 : 503, { 'content-type': 'application/json' }).end(JSON.stringify(result));
    switch (request.url) {
      case '/metrics':
        parts.metrics.metrics().then(
          (text) => response.writeHead(200, { 'content-type': parts.metrics.contentType }).end(text),
          (error: unknown) => response.writeHead(500).end(String(error)),
        );
        return;
      case '/health/live':
        answerHealth({ ok: true, checks: {} });
        return;
      case '/health/ready':
        answerHealth(parts.health.ready());
        return;
      default:
        response.writeHead(404).end('There are /metrics, /health/live and /health/ready here.\n');
    }
  });
  await listen(server, address);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const listen = (server: Server, address: { readonly host: string; readonly port: number }): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
