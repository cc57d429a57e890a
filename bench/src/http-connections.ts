import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const NOTHING = Buffer.alloc(0);
const HEAD_END = '\r\n\r\n';

/** A `POST` with a JSON body, as it goes over the wire. */
export const postRequest = (path: string, writeKey: string, body: string): Buffer =>
  request('POST', path, `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`, body);

/** A request with a secret key, and with a JSON body if there is one. */
export const apiRequest = (method: 'GET' | 'POST', path: string, apiKey: string, body = ''): Buffer =>
  request(method, path, `Bearer ${apiKey}`, body);

/** A photo as it is, with a secret key. */
export const photoRequest = (path: string, apiKey: string, photo: Uint8Array): Buffer =>
  Buffer.concat([
    Buffer.from(
      `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${apiKey}\r\n` +
        `content-type: image/jpeg\r\ncontent-length: ${photo.length}\r\n\r\n`,
    ),
    photo,
  ]);

const request = (method: string, path: string, authorization: string, body: string): Buffer =>
  Buffer.from(
    `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: ${authorization}\r\n` +
      (body === '' ? '' : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`) +
      `\r\n${body}`,
  );

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** The first answer in what came so far, which must have a `content-length`; undefined while it is not whole. */
export const readAnswer = (received: Buffer): { readonly answer: Answer; readonly bytes: number } | undefined => {
  const headBytes = received.indexOf(HEAD_END);
  if (headBytes < 0) return undefined;
  const head = received.toString('latin1', 0, headBytes);
  const bodyFrom = headBytes + HEAD_END.length;
  const bytes = bodyFrom + Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
  if (received.length < bytes) return undefined;
  return { answer: { status: Number(head.slice(9, 12)), body: received.toString('utf8', bodyFrom, bytes) }, bytes };
};

/** One connection, kept alive, with at most one request on it. */
class Connection {
  private received: Buffer = NOTHING;
  private waiting: PromiseWithResolvers<Answer> | undefined;
  private broken: Error | undefined;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('the server closed the connection')));
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect({ host: '127.0.0.1', port });
    await once(socket, 'connect');
    return new Connection(socket);
  }

  send(request: Buffer): Promise<Answer> {
    if (this.broken !== undefined) return Promise.reject(this.broken);
    this.waiting = Promise.withResolvers<Answer>();
    this.socket.write(request);
    return this.waiting.promise;
  }

  close(): void {
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    const read = readAnswer(this.received);
    if (read === undefined) return;
    this.received = this.received.subarray(read.bytes);
    this.waiting?.resolve(read.answer);
    this.waiting = undefined;
  }

  private fail(error: Error): void {
    this.broken ??= error;
    this.waiting?.reject(error);
    this.waiting = undefined;
  }
}

/**
 * Connections to a service on this machine. Bare sockets: an HTTP client would cost the two cores that are measured as
 * much as the service itself.
 */
export class HttpConnections {
  private readonly queued: ((connection: Connection) => void)[] = [];

  private constructor(
    private readonly idle: Connection[],
    readonly count: number,
  ) {}

  static async open(port: number, count: number): Promise<HttpConnections> {
    return new HttpConnections(await Promise.all(Array.from({ length: count }, () => Connection.open(port))), count);
  }

  /** Sends on an idle connection, or on the next one that gets idle. */
  async send(request: Buffer): Promise<Answer> {
    const connection = this.idle.pop() ?? (await new Promise<Connection>((resolve) => this.queued.push(resolve)));
    try {
      return await connection.send(request);
    } finally {
      const next = this.queued.shift();
      if (next === undefined) this.idle.push(connection);
      else next(connection);
    }
  }

  /** Once all answers are there. */
  close(): void {
    for (const connection of this.idle) connection.close();
  }
}
