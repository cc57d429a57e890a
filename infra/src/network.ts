import { connect, createServer } from 'node:net';
import { hasCode, LocalRunError } from './errors.js';

/** Everything that is started here listens on loopback only. */
export const LOOPBACK = '127.0.0.1';

/** A port that was free a moment ago. */
export const freePort = (): Promise<number> => tryListening(0);

/** @throws LocalRunError `port-taken` when something listens on the port already. */
export const requireFreePort = async (port: number, purpose: string): Promise<void> => {
  try {
    await tryListening(port);
  } catch (error) {
    if (!hasCode(error, 'EADDRINUSE') && !hasCode(error, 'EACCES')) throw error;
    throw new LocalRunError(
      'port-taken',
      `Port ${port}, meant for ${purpose}, is ${hasCode(error, 'EACCES') ? 'not allowed to this user' : 'taken by another program'}. ` +
        'Choose other ports with --port-base N, or end that program.',
      { cause: error },
    );
  }
};

const tryListening = (port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('A TCP server has no port.'));
        else resolve(address.port);
      });
    });
  });

/** Whether a TCP connection comes about within the time. */
export const canConnect = (host: string, port: number, timeoutMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => settle(false));
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });

/** Splits `host:port`; an IPv6 host stands in brackets. */
export const parseAddress = (address: string): { readonly host: string; readonly port: number } | undefined => {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address.trim());
  if (match === null) return undefined;
  return { host: match[1] ?? match[2] ?? '', port: Number(match[3]) };
};
