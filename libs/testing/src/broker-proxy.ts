import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

const PRODUCE = 0;
const METADATA = 3;

/** Stands between a client and a single broker: can cut connections between the broker's answer and the client, and freeze. */
export class BrokerProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #held: (() => void)[] = [];
  /** Asked for each answer to a produce request; true cuts the connection instead of passing the answer on. */
  cutsProduceAnswer: () => boolean = () => false;
  frozen = false;
  refusesConnections = false;

  constructor(private readonly target: { readonly host: string; readonly port: number }) {
    this.#server = createServer((client) => this.#join(client));
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  thaw(): void {
    this.frozen = false;
    for (const pass of this.#held.splice(0)) pass();
  }

  /** Ends all connections that there are. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket): void {
    if (this.refusesConnections) {
      client.destroy();
      return;
    }
    const broker = connect(this.target);
    for (const socket of [client, broker]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        broker.destroy();
      });
    }
    const asked = new Map<number, number>();
    frames(client, (frame) => {
      asked.set(frame.readInt32BE(8), frame.readInt16BE(4));
      this.#pass(() => broker.write(frame));
    });
    frames(broker, (frame) => {
      const api = asked.get(frame.readInt32BE(4));
      if (api === METADATA) this.#pointHere(frame);
      if (api === PRODUCE && this.cutsProduceAnswer()) client.destroy();
      else this.#pass(() => client.write(frame));
    });
  }

  #pass(write: () => void): void {
    if (this.frozen) this.#held.push(write);
    else write();
  }

  /** Puts the proxy's port in the place of the (only) broker's. */
  #pointHere(frame: Buffer): void {
    const hostBytes = frame.readInt16BE(20);
    frame.writeInt32BE((this.#server.address() as AddressInfo).port, 22 + hostBytes);
  }
}

const frames = (socket: Socket, onFrame: (frame: Buffer) => void): void => {
  let pending = Buffer.alloc(0);
  socket.on('data', (bytes) => {
    pending = Buffer.concat([pending, bytes]);
    while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE(0)) {
      const end = 4 + pending.readInt32BE(0);
      onFrame(Buffer.from(pending.subarray(0, end)));
      pending = pending.subarray(end);
    }
  });
};
