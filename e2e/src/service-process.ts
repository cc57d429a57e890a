import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { freePort, SERVICE_NODE_FLAGS, waitUntil } from '@offerstream/infra';

export type ServiceName = 'collector' | 'control' | 'gateway' | 'inference' | 'personalizer' | 'trainer';

const READY_TIMEOUT_MS = 120_000;

/** A built service in a process of its own, which ends with the test's process at the latest. */
export class ServiceProcess {
  private constructor(
    readonly name: ServiceName,
    readonly child: ChildProcess,
    readonly adminPort: number,
    readonly logFile: string,
    /** Exit code or signal. */
    readonly ended: Promise<number | NodeJS.Signals>,
  ) {}

  /** Starts it without waiting until it takes work. */
  static async start(
    name: ServiceName,
    { env, logFile }: { readonly env: Readonly<Record<string, string>>; readonly logFile: string },
  ): Promise<ServiceProcess> {
    const adminPort = await freePort();
    const script = new URL(`../../services/${name}/dist/main.js`, import.meta.url).pathname;
    const child = spawn(process.execPath, [...SERVICE_NODE_FLAGS, script], {
      env: { PATH: process.env['PATH'], ADMIN_PORT: String(adminPort), ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const log = createWriteStream(logFile, { flags: 'a' });
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    const ended = new Promise<number | NodeJS.Signals>((resolve) => {
      // Not `exit`: what it wrote last may still be on its way then.
      child.once('close', (code, signal) => {
        log.end(() => {
          resolve(signal ?? code ?? 0);
        });
      });
    });
    return new ServiceProcess(name, child, adminPort, logFile, ended);
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Resolves when it takes work; rejects with the end of its log when it ends instead. */
  async ready(): Promise<void> {
    const answers = () =>
      fetch(`http://127.0.0.1:${this.adminPort}/health/ready`).then(
        (response) => response.ok,
        () => false,
      );
    const isSettled = async (): Promise<boolean> => this.hasEnded || (await answers());
    const settled = await waitUntil(isSettled, { timeoutMs: READY_TIMEOUT_MS, everyMs: 50 });
    if (this.hasEnded || !settled) throw new Error(`${this.name} is not ready:\n${this.log().slice(-3_000)}`);
  }

  log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  /** A metric that has one value; NaN when there is none. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.adminPort}/metrics`)).text();
    return Number(new RegExp(`^${name}(?:{.*})? (.+)$`, 'm').exec(text)?.[1]);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async stop(): Promise<void> {
    if (!this.hasEnded) {
      // A process that is halted takes no SIGTERM.
      this.child.kill('SIGCONT');
      this.child.kill('SIGTERM');
    }
    await this.ended;
  }
}
