import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Stands in front of inference, and keeps back what is sent to it while it holds. */
export class HeldInference {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly kept: (() => void)[] = [];
  private holds = false;

  /** @param port where inference listens */
  constructor(private readonly port: number) {
    this.server = createServer((client) => this.join(client));
  }

  /** How often something was kept back since it holds. */
  get keptBack(): number {
    return this.kept.length;
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  hold(): void {
    this.holds = true;
  }

  release(): void {
    this.holds = false;
    for (const pass of this.kept.splice(0)) pass();
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket): void {
    const inference = connect(this.port, '127.0.0.1');
    for (const socket of [client, inference]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        inference.destroy();
      });
    }
    client.on('data', (bytes) => {
      const pass = () => void inference.write(bytes);
      if (this.holds) this.kept.push(pass);
      else pass();
    });
    inference.pipe(client);
  }
}
