import { once } from 'node:events';
import { resolve } from 'node:path';
import { topicOnBroker } from '@offerstream/contracts';
import { ControlError } from '@offerstream/control-client';
import {
  DEFAULT_PORT_BASE,
  LocalRunError,
  LOOPBACK,
  portsFrom,
  runLocally,
  type LocalRun,
  type Ports,
} from '@offerstream/infra';
import { createKafka, tailTopic, type Kafka } from '@offerstream/kafka';
import { ConfigError } from '@offerstream/service-kit';
import { InvalidArgumentError } from 'commander';
import { readLineConfig } from './line/config.js';
import { lineFolders } from './line/line-folders.js';
import { command } from './line/program.js';
import { bringUp, lineAddresses, requireServicePorts, startAssortment } from './start/bring-up.js';
import { DEMO_ITEMS, DEMO_TENANT, DEMO_WRITE_KEY } from './start/demo.js';
import { plainDisplay, screenDisplay, type Display } from './start/display.js';
import { RunStateFile } from './start/run-state-file.js';
import { tryIt } from './start/status-block.js';
import { processesOf, watchLine } from './start/watch-line.js';

interface StartOptions {
  readonly data: string;
  readonly portBase: Ports;
  readonly shoppers: boolean;
  readonly plain: boolean;
  readonly rebuild: boolean;
}

const readPorts = (text: string): Ports => {
  const ports = portsFrom(Number(text));
  if (ports === undefined) throw new InvalidArgumentError('Give a number from 1024 to 65000.');
  return ports;
};

const program = command('start', 'Runs the whole line on this machine until Ctrl-C.')
  .option(
    '--port-base <n>',
    `first port; lines whose bases are 100 apart run side by side (default: ${DEFAULT_PORT_BASE})`,
    readPorts,
  )
  .option('--no-shoppers', 'without simulated shoppers, and without new products')
  .option('--plain', 'lines instead of a screen', !process.stdout.isTTY)
  .option('--rebuild', 'fold the clickstream into new profiles, without publishing old offers again', false)
  .addHelpText(
    'after',
    '\nKafka comes from KAFKA_BROKERS (host:port,...), or Docker, or Java 17+ with Maven; PostgreSQL from DATABASE_URL, or its own.',
  );

const start = async (options: StartOptions): Promise<void> => {
  const display = options.plain ? plainDisplay(process.stdout, () => performance.now()) : screenDisplay(process.stdout);
  stopWhenTheTerminalIsGone();
  const dataDir = resolve(options.data);
  const log = (line: string): void => display.log(line);
  const end = await runLocally({ dataDir, log }, (run) => startLine(run, options, display));
  log(`everything is stopped (${end})`);
  display.end();
};

const startLine = async (run: LocalRun, options: StartOptions, display: Display): Promise<void> => {
  const { portBase: ports, shoppers, rebuild } = options;
  await requireServicePorts(ports, shoppers);
  const folders = lineFolders(run.dataDir);
  const services = [
    'collector',
    'control',
    'gateway',
    'inference',
    'personalizer',
    'trainer',
    ...(shoppers ? (['shoppers'] as const) : []),
  ] as const;
  const file = new RunStateFile(run.dataDir, {
    phase: 'starting',
    pid: process.pid,
    startedAt: new Date().toISOString(),
    addresses: { ...lineAddresses(ports), kafka: `${LOOPBACK}:${ports.kafka}` },
    admin: Object.fromEntries(services.map((name) => [name, `http://${LOOPBACK}:${ports[`${name}Admin`]}`])),
    controlDataDir: folders.control,
    modelsDir: folders.models,
    demo: { tenant: DEMO_TENANT, writeKey: DEMO_WRITE_KEY, apiKey: null, items: [...DEMO_ITEMS] },
    processes: {},
  });
  const noteStop = (): void => {
    display.stopping();
    void file.update({ phase: 'stopping' });
  };
  run.stopping.addEventListener('abort', noteStop, { once: true });
  run.onStop('the line', () => file.remove());
  await file.update({});

  const { tls, sasl, naming } = readLineConfig().kafka;
  let kafka: Kafka | undefined;
  let firstOffer = Promise.resolve();
  await bringUp(run, {
    ports,
    shoppers,
    rebuild,
    log: (line) => display.log(line),
    onApiKey: (apiKey) => void file.update({ demo: { ...file.current.demo, apiKey } }),
    onKafka: ({ brokers }) => {
      kafka = createKafka({
        brokers,
        clientId: 'start',
        naming,
        ...(tls ? { ssl: true } : {}),
        ...(sasl === undefined ? {} : { sasl }),
      });
      void file.update({ addresses: { ...file.current.addresses, kafka: brokers.join(',') } });
      firstOffer = tellFirstOffer(kafka, run, display);
    },
  });
  if (run.stopping.aborted || kafka === undefined) return;
  await file.update({ phase: 'running', processes: processesOf(run) });
  const { addresses, demo } = file.current;
  display.log(`ready ${seconds(performance.now())} after the start: ${addresses.collector}`);
  if (options.plain) display.log(tryIt(addresses, demo).join('\n'));
  if (shoppers) void firstOffer.then(() => openAssortment(run, ports, file, display));
  await watchLine(run, kafka, file, display);
};

/** How long a person waits for the point of it all. */
const tellFirstOffer = async (kafka: Kafka, run: LocalRun, display: Display): Promise<void> => {
  const seen = new AbortController();
  const tail = tailTopic(kafka, topicOnBroker('offers', kafka.connection.naming), { onRecords: () => seen.abort() });
  const either = AbortSignal.any([seen.signal, run.stopping]);
  if (!either.aborted) await Promise.race([once(either, 'abort'), tail.failed]);
  if (seen.signal.aborted) display.log(`first offer ${seconds(performance.now())} after the start`);
  await tail.close();
};

/** The line is ready without it. */
const openAssortment = async (run: LocalRun, ports: Ports, file: RunStateFile, display: Display): Promise<void> => {
  const isStopping = (): boolean => run.stopping.aborted;
  if (isStopping()) return;
  try {
    await startAssortment(run, ports, file.current.addresses.kafka.split(','));
    await file.update({
      admin: { ...file.current.admin, assortment: `http://${LOOPBACK}:${ports.assortmentAdmin}` },
    });
  } catch (error) {
    if (isStopping()) return;
    if (!(error instanceof LocalRunError)) throw error;
    display.log(`the shop gets no new products: ${error.message}`);
  }
};

const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`;

/** Nobody could end a line any more whose terminal is closed, or whose reader has left. */
const stopWhenTheTerminalIsGone = (): void => {
  let gone = false;
  const stop = (): void => {
    if (!gone) process.kill(process.pid, 'SIGHUP');
    gone = true;
  };
  for (const stream of [process.stdout, process.stderr]) stream.on('error', stop);
};

await program.parseAsync();
try {
  const { portBase = readPorts(String(DEFAULT_PORT_BASE)), ...options } = program.opts<
    Partial<StartOptions> & Omit<StartOptions, 'portBase'>
  >();
  await start({ ...options, portBase });
} catch (error) {
  if (!(error instanceof LocalRunError || error instanceof ControlError || error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
