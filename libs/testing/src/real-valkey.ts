import { askValkey, freePort, startValkey, VALKEY_ARGS, valkeyAnswers, waitUntil } from '@offerstream/infra';
import { GenericContainer, getContainerRuntimeClient } from 'testcontainers';
import { startContainer } from './container.js';
import type { OwnPart, OwnValkey } from './parts.js';
import type { Surroundings } from './surroundings.js';

export const VALKEY_IMAGE = 'valkey/valkey:8';

const READY_TIMEOUT_MS = 240_000;
const SLOTS = 16_384;
const CLUSTER_NODES = 3;
const CLUSTER_ARGS = ['--cluster-enabled', 'yes'];

/** Servers that are started, cut off and ended together. */
interface Servers extends OwnPart {
  readonly host: string;
  readonly ports: readonly number[];
}

/** A real Valkey whose data goes with it: a container where Docker answers, a process elsewhere. */
export const startTestValkey = async (surroundings: Surroundings): Promise<OwnValkey> => {
  const servers = await startServers(1, [], surroundings);
  return { ...servers, url: `redis://${servers.host}:${String(servers.ports[0])}` };
};

/** A cluster of real Valkeys that takes commands. */
export const startTestValkeyCluster = async (surroundings: Surroundings): Promise<OwnValkey> => {
  const servers = await startServers(CLUSTER_NODES, CLUSTER_ARGS, surroundings);
  await join(servers);
  return {
    ...servers,
    url: `redis+cluster://${servers.ports.map((port) => `${servers.host}:${port}`).join(',')}`,
    restart: async () => {
      await servers.restart();
      await agreed(servers);
    },
  };
};

const startServers = (count: number, args: readonly string[], surroundings: Surroundings): Promise<Servers> =>
  surroundings.docker ? serversInContainer(count, args) : serversWithoutDocker(count, args, surroundings);

const serversWithoutDocker = async (
  count: number,
  args: readonly string[],
  { folder, log }: Surroundings,
): Promise<Servers> => {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => startValkey({ dataDir: await folder('valkey'), port: 0, log, args })),
  );
  const all = async (act: (server: (typeof servers)[number]) => Promise<void>): Promise<void> => {
    await Promise.all(servers.map(act));
  };
  return {
    host: servers[0]?.host ?? '',
    ports: servers.map(({ port }) => port),
    kill: () => all((server) => server.kill()),
    restart: () => all((server) => server.restart()),
    stop: () => all((server) => server.kill()),
  };
};

/** All in one container, where they find each other; clients find them at the same ports outside. */
const serversInContainer = async (count: number, args: readonly string[]): Promise<Servers> => {
  const { host } = (await getContainerRuntimeClient()).info.containerRuntime;
  const ports = await Promise.all(Array.from({ length: count }, freePort));
  const each = ['valkey-server', ...VALKEY_ARGS, '--protected-mode', 'no', ...args];
  const announce =
    args.length === 0 ? [] : ['--cluster-announce-hostname', host, '--cluster-preferred-endpoint-type', 'hostname'];
  const container = await startContainer(
    new GenericContainer(VALKEY_IMAGE)
      .withEntrypoint(['sh', '-c', START_SERVERS, 'sh', String(count), ...ports.map(String), ...each, ...announce])
      .withExposedPorts(...ports.map((port) => ({ container: port, host: port })))
      .withStartupTimeout(READY_TIMEOUT_MS),
  );
  const ready = async () => {
    const answers = (port: number) =>
      waitUntil(() => valkeyAnswers(host, port, 1_000), { timeoutMs: READY_TIMEOUT_MS });
    if (!(await Promise.all(ports.map(answers))).every(Boolean))
      throw new Error(`A Valkey container has started, and not all of ${host}:${ports.join(',')} answer.`);
  };
  await ready();
  return {
    host,
    ports,
    kill: () => container.kill(),
    restart: async () => {
      await container.startAgain();
      await ready();
    },
    stop: () => container.remove(),
  };
};

/** Arguments: how many servers, their ports, and the command of each. */
const START_SERVERS = `
  count=$1; shift; ports=
  while [ $count -gt 0 ]; do ports="$ports $1"; shift; count=$((count - 1)); done
  for port in $ports; do mkdir -p /data/$port; "$@" --port $port --dir /data/$port & done
  wait`;

/** Deals the slots out, introduces the nodes to each other, and waits until all of them see the whole. */
const join = async (servers: Servers): Promise<void> => {
  const { host, ports } = servers;
  const share = Math.ceil(SLOTS / ports.length);
  for (const [index, port] of ports.entries()) {
    const ask = (...command: string[]) => askValkey(host, port, command, READY_TIMEOUT_MS);
    const slots = Array.from({ length: Math.min(share, SLOTS - index * share) }, (_, at) => String(index * share + at));
    await ask('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
    await ask('CLUSTER', 'ADDSLOTS', ...slots);
    if (index > 0) await ask('CLUSTER', 'MEET', '127.0.0.1', String(ports[0]));
  }
  await agreed(servers);
};

const agreed = async ({ host, ports }: Servers): Promise<void> => {
  const sees = async (port: number): Promise<boolean> => {
    const info = await askValkey(host, port, ['CLUSTER', 'INFO'], READY_TIMEOUT_MS);
    return info.includes('cluster_state:ok') && info.includes(`cluster_size:${ports.length}`);
  };
  const agree = async () => (await Promise.all(ports.map(sees))).every(Boolean);
  if (!(await waitUntil(agree, { timeoutMs: READY_TIMEOUT_MS })))
    throw new Error(`The Valkeys at ${host}:${ports.join(',')} do not become a cluster.`);
};
