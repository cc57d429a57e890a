import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { freePort, whenThisProcessIsGone, type Forget } from '@offerstream/infra';

const COMPOSE_FILE = fileURLToPath(new URL('../../docker-compose.yml', import.meta.url));
const PORTS = [
  'COLLECTOR_PORT',
  'CONTROL_PORT',
  'INFERENCE_PORT',
  'GATEWAY_PORT',
  'SECOND_GATEWAY_PORT',
  'KAFKA_PORT',
  'COLLECTOR_ADMIN_PORT',
  'CONTROL_ADMIN_PORT',
  'INFERENCE_ADMIN_PORT',
  'PERSONALIZER_ADMIN_PORT',
  'SHOPPERS_ADMIN_PORT',
  'GATEWAY_ADMIN_PORT',
  'TRAINER_ADMIN_PORT',
  'ASSORTMENT_ADMIN_PORT',
  'SECOND_PERSONALIZER_ADMIN_PORT',
  'SECOND_GATEWAY_ADMIN_PORT',
] as const;
/** Everything of the project but the build cache. */
const DOWN = ['down', '--volumes', '--remove-orphans', '--rmi', 'local', '--timeout', '30'] as const;
const BUILD_TIMEOUT_MS = 900_000;
const UP_TIMEOUT_S = 240;
const COMMAND_TIMEOUT_MS = 300_000;

export interface Container {
  readonly Service: string;
  readonly State: string;
  readonly Health: string;
  readonly ExitCode: number;
}

/** The line of `docker-compose.yml` under a name and on ports of its own; it is taken down with the test's process at the latest. */
export class ComposeProject {
  private constructor(
    readonly name: string,
    private readonly ports: Readonly<Record<string, string>>,
    private readonly forget: Forget,
  ) {}

  static async create(): Promise<ComposeProject> {
    const name = `offerstream-compose-${randomBytes(4).toString('hex')}`;
    const ports: Record<string, string> = {};
    for (const port of PORTS) ports[port] = String(await freePort());
    const args = ['compose', '--file', COMPOSE_FILE, '--project-name', name, ...DOWN];
    return new ComposeProject(name, ports, whenThisProcessIsGone({ kind: 'command', command: 'docker', args }));
  }

  address(port: (typeof PORTS)[number]): string {
    return `127.0.0.1:${this.ports[port] ?? ''}`;
  }

  /** Builds what is not built, and waits until every service takes work; rejects with what the containers say otherwise. */
  async up(): Promise<void> {
    await this.compose(['--progress', 'plain', 'build'], BUILD_TIMEOUT_MS);
    try {
      await this.compose(['up', '--wait', '--wait-timeout', String(UP_TIMEOUT_S)], (UP_TIMEOUT_S + 60) * 1_000);
    } catch (error) {
      const logs = await this.compose(['logs', '--no-color', '--tail', '15']);
      throw new Error(`${(error as Error).message}\n${await this.compose(['ps', '--all'])}\n${logs}`, { cause: error });
    }
  }

  /** All containers, also those that have ended. */
  async containers(): Promise<readonly Container[]> {
    const lines = await this.compose(['ps', '--all', '--format', 'json']);
    return lines.split('\n').map((line) => JSON.parse(line) as Container);
  }

  /** How often Docker had to start each service's container again. */
  async restarts(): Promise<Readonly<Record<string, number>>> {
    const ids = (await this.compose(['ps', '--quiet'])).split('\n');
    const format = '{{index .Config.Labels "com.docker.compose.service"}} {{.RestartCount}}';
    const lines = (await docker(['inspect', '--format', format, ...ids], {})).split('\n');
    return Object.fromEntries(
      lines.map((line) => {
        const [service = '', count] = line.split(' ');
        return [service, Number(count)] as const;
      }),
    );
  }

  async down(): Promise<void> {
    await this.compose(DOWN);
    this.forget();
  }

  /** Names of what Docker has of this project. */
  async leftovers(): Promise<readonly string[]> {
    const label = ['--filter', `label=com.docker.compose.project=${this.name}`];
    const lists = await Promise.all([
      docker(['ps', '--all', '--quiet', ...label], {}),
      docker(['volume', 'ls', '--quiet', ...label], {}),
      docker(['network', 'ls', '--quiet', ...label], {}),
      docker(['image', 'ls', '--quiet', '--filter', `reference=${this.name}-*`], {}),
    ]);
    return lists.flatMap((list) => list.split('\n')).filter((name) => name !== '');
  }

  /** @returns what it prints */
  compose(args: readonly string[], timeoutMs = COMMAND_TIMEOUT_MS): Promise<string> {
    return docker(['compose', '--file', COMPOSE_FILE, '--project-name', this.name, ...args], this.ports, timeoutMs);
  }
}

const docker = (
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  timeoutMs = COMMAND_TIMEOUT_MS,
): Promise<string> =>
  new Promise((resolve, reject) => {
    const options = { env: { ...process.env, ...env }, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 };
    execFile('docker', args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.trim());
      else reject(new Error(`docker ${args.join(' ')} failed: ${stderr.trim().slice(-2_000)}`, { cause: error }));
    });
  });
