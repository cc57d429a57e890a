import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  brokerContainerEnvironment,
  DEFAULT_PORT_BASE,
  KAFKA_IMAGE,
  portsFrom,
  SERVICE_NODE_FLAGS,
  VALKEY_ARGS,
} from '@offerstream/infra';

interface Composed {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly image?: string;
        readonly command?: readonly string[] | null;
        readonly environment?: Readonly<Record<string, string>>;
        readonly volumes?: readonly {
          readonly source: string;
          readonly target: string;
          readonly read_only?: boolean;
        }[];
        readonly ports?: readonly { readonly host_ip?: string; readonly published: string }[];
        readonly stop_grace_period?: string;
        readonly deploy?: { readonly resources?: { readonly limits?: { readonly memory?: string } } };
      }
    >
  >;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const { services } = JSON.parse(
  execFileSync('docker', ['compose', '--project-directory', ROOT, 'config', '--format', 'json'], {
    encoding: 'utf8',
    // What stands in .env, and no port or password that this shell happens to have.
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
  }),
) as Composed;

it('Kafka is the same, and set the same, as without Compose', () => {
  const { CLUSTER_ID, KAFKA_LISTENERS, KAFKA_ADVERTISED_LISTENERS, KAFKA_LISTENER_SECURITY_PROTOCOL_MAP, ...own } = {
    ...brokerContainerEnvironment({ advertisedHost: '127.0.0.1', advertisedPort: 1 }, 'any'),
  };
  expect([CLUSTER_ID, KAFKA_LISTENERS, KAFKA_ADVERTISED_LISTENERS, KAFKA_LISTENER_SECURITY_PROTOCOL_MAP]).not.toContain(
    undefined,
  );
  expect(services['kafka']?.environment).toMatchObject(own);
  expect(services['kafka']?.image).toBe(KAFKA_IMAGE);
});

it('Valkey has what it has answered on its disk, never evicts, and may write its log anew within its memory', () => {
  const { command, deploy } = services['valkey'] ?? {};
  const [server, ...args] = command ?? [];
  expect([server, args.slice(0, VALKEY_ARGS.length)]).toEqual(['valkey-server', VALKEY_ARGS]);
  const option = (name: string) => args[args.indexOf(name) + 1];
  expect([option('--appendfsync'), option('--maxmemory-policy')]).toEqual(['always', 'noeviction']);
  const [, maxMb] = /^(\d+)mb$/.exec(option('--maxmemory') ?? '') ?? [];
  expect(2 * Number(maxMb) * 1024 ** 2).toBeLessThanOrEqual(Number(deploy?.resources?.limits?.memory));
});

it('the second of a service is the first on other ports, and both share the profiles', () => {
  for (const name of ['personalizer', 'gateway']) {
    const alike = (service: string) => ({ ...services[service], build: undefined, ports: undefined });
    expect(alike(`second-${name}`)).toEqual(alike(name));
    expect(services[name]?.environment?.['PROFILES_URL']).toBe('redis://valkey:6379');
  }
});

it('the data plane is given the service token of control and not the admin token', () => {
  const mounted = (name: string) => (services[name]?.volumes ?? []).map(({ source, target }) => ({ source, target }));
  const withAdminToken = Object.keys(services).filter((name) =>
    mounted(name).some(({ source }) => source === 'control'),
  );
  expect(withAdminToken.sort()).toEqual(['assortment', 'control', 'demo']);
  const token = { source: 'service-token', target: '/data/control/services' };
  expect(mounted('control')).toContainEqual(token);
  const models = { source: 'models', target: '/data/models' };
  for (const [name, volumes] of [
    ['collector', [token]],
    ['gateway', [token, models]],
    ['trainer', [token, models]],
  ] as const) {
    expect([name, mounted(name)]).toEqual([name, volumes]);
    const isWritten = (source: string): boolean => name === 'trainer' && source === models.source;
    for (const { source, read_only } of services[name]?.volumes ?? [])
      expect(read_only).toBe(isWritten(source) ? undefined : true);
    expect(services[name]?.environment?.['SERVICE_TOKEN_FILE']).toBe(`${token.target}/service-token`);
  }
});

it('the published ports are those of npm start, all on loopback', () => {
  const published = Object.values(services).flatMap(({ ports = [] }) => ports);
  expect(new Set(published.map(({ host_ip }) => host_ip))).toEqual(new Set(['127.0.0.1']));
  // Kafka's controller and PostgreSQL are reached by other containers only.
  const local = Object.entries(portsFrom(DEFAULT_PORT_BASE) ?? {})
    .filter(([name]) => name !== 'kafkaController' && name !== 'postgres')
    .map(([, port]) => port);
  const ports = (of: (name: string) => boolean): number[] =>
    Object.entries(services)
      .filter(([name]) => of(name))
      .flatMap(([, { ports = [] }]) => ports.map((port) => Number(port.published)))
      .sort();
  const isSecond = (name: string): boolean => name.startsWith('second-');
  expect(ports((name) => !isSecond(name))).toEqual(local.sort());
  // The second ones, which npm start does not have, are beside the first.
  expect(ports(isSecond)).toEqual([9404, 9433, 9435]);
});

it('every container has a memory limit and more time to stop than a service takes', () => {
  for (const [name, { deploy, stop_grace_period }] of Object.entries(services)) {
    expect({ name, memory: deploy?.resources?.limits?.memory }).toEqual({ name, memory: expect.any(String) as string });
    expect(['30s', '1m0s']).toContain(stop_grace_period);
  }
});

it('the shoppers visit the shop that the demo sets up', () => {
  const demo = readFileSync(`${ROOT}tools/src/start/demo.ts`, 'utf8');
  const constant = (name: string) => new RegExp(`export const ${name} = '?([^'; ]+)`).exec(demo)?.[1];
  expect(services['shoppers']?.environment).toMatchObject({
    WRITE_KEY: constant('DEMO_WRITE_KEY'),
    TENANT: constant('DEMO_TENANT'),
    PLACEMENT: constant('DEMO_PLACEMENT'),
    CONTROL_PLACEMENT: constant('DEMO_CONTROL_PLACEMENT'),
    SHOP_SEED: constant('DEMO_SEED'),
  });
});

it('Node runs as without Compose', () => {
  const dockerfile = readFileSync(`${ROOT}infra/docker/Dockerfile`, 'utf8');
  const ofAll = /NODE_OPTIONS="(.*?)"/.exec(dockerfile)?.[1]?.split(' ') ?? [];
  const commands = [...dockerfile.matchAll(/^CMD (\[.*services\/.*\])$/gm)].map(([, command]) => command ?? '');
  expect(commands).toHaveLength(readdirSync(`${ROOT}services`).length);
  for (const command of commands) {
    const [node, ...args] = JSON.parse(command) as string[];
    expect([node, ...ofAll, ...args.slice(0, -1)]).toEqual(['node', ...SERVICE_NODE_FLAGS]);
  }
});
