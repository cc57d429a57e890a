import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deleteKafkaData, startKafka } from './kafka.js';
import { kafkaAnswers } from './kafka-probe.js';
import { dockerAnswers, haveImage } from './kafka-docker.js';
import { KAFKA_IMAGE } from './kafka-settings.js';
import { findJava } from './kafka-java.js';
import type { KafkaSource, RunningKafka } from './running-kafka.js';

let folder: string;
const running: RunningKafka[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offerstream kafka '));
});
afterEach(async () => {
  for (const kafka of running.splice(0)) await kafka.stop();
  await deleteKafkaData(folder);
  await rm(folder, { recursive: true, force: true });
});

/** A broker that was cut off waits for its former self's session to end, and a cold machine fetches jars first. */
const SLOW_MS = 300_000;

const silent = () => undefined;
const answers = ({ brokers }: RunningKafka) => {
  const [host = '', port] = (brokers[0] ?? '').split(':');
  return kafkaAnswers(host, Number(port), 60_000);
};

const docker = (await dockerAnswers(process.env)).ok && (await haveImage(KAFKA_IMAGE, process.env, silent)).ok;
const java = (await findJava(process.env)).ok;

const ways: readonly { readonly source: KafkaSource; readonly here: boolean; readonly missing: string }[] = [
  { source: 'docker', here: docker, missing: 'no Docker engine answers' },
  { source: 'java', here: java, missing: 'there is no Java 17 with Maven' },
];

for (const { source, here, missing } of ways) {
  const name = `a Kafka by way of ${source}`;
  (here ? describe : describe.skip)(here ? name : `${name} [skipped: ${missing}]`, () => {
    const start = async () => {
      const kafka = await startKafka({
        dataDir: folder,
        port: 0,
        log: silent,
        env: withoutBrokers(),
        sources: [source],
      });
      running.push(kafka);
      return kafka;
    };

    it(
      'answers, ends cleanly, and starts again on the same data',
      async () => {
        const first = await start();
        expect(first.source).toBe(source);
        expect(await answers(first)).toBe(true);
        const origin = await readFile(join(folder, 'kafka', 'origin.json'), 'utf8');
        await first.stop();
        expect(await answers(first)).toBe(false);
        const second = await start();
        expect(await answers(second)).toBe(true);
        expect(await readFile(join(folder, 'kafka', 'origin.json'), 'utf8')).toBe(origin);
      },
      SLOW_MS,
    );

    it(
      'comes back at the same address after it was cut off',
      async () => {
        const kafka = await start();
        await kafka.kill();
        await kafka.ended();
        expect(await answers(kafka)).toBe(false);
        await kafka.restart();
        expect(await answers(kafka)).toBe(true);
      },
      SLOW_MS,
    );
  });
}

const withoutBrokers = () => ({ ...process.env, KAFKA_BROKERS: undefined });

/** A PATH on which only these commands are, each doing what it is told here. */
const pathWith = async (commands: Readonly<Record<string, string>>) => {
  for (const [name, script] of Object.entries(commands)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, name), 0o755);
  }
  return { PATH: folder };
};

it('names the three ways and what it saw when there is none', async () => {
  const env = await pathWith({});
  await expect(startKafka({ dataDir: folder, port: 0, log: silent, env })).rejects.toMatchObject({
    code: 'kafka-not-found',
    message: expect.stringMatching(
      /KAFKA_BROKERS=[^]*Docker engine[^]*Java 17[^]*Seen: no Docker engine answers[^]*Seen: there is no Java/,
    ) as string,
  });
});

it('says that Java is too old', async () => {
  const env = await pathWith({ java: `echo 'openjdk version "11.0.2"' >&2` });
  await expect(startKafka({ dataDir: folder, port: 0, log: silent, env })).rejects.toThrow(
    'Java is 11, and Kafka needs 17 or newer',
  );
});

it('falls through to Java, and says why, when Docker has no image and can pull none', async () => {
  const lines: string[] = [];
  const env = await pathWith({ docker: `[ "$1" = version ] && exit 0; echo 'no route to registry' >&2; exit 1` });
  await expect(startKafka({ dataDir: folder, port: 0, log: (line) => lines.push(line), env })).rejects.toMatchObject({
    code: 'kafka-not-found',
  });
  expect(lines.at(-1)).toMatch(/is not there and can't be pulled \(no route to registry\); trying Java$/);
});

it('does not start another Kafka beside the one that holds the data', async () => {
  const env = await pathWith({ java: `echo 'openjdk version "17.0.1"' >&2`, mvn: 'true' });
  await writeOrigin({ source: 'docker', clusterId: 'x', volume: 'offerstream-kafka-x' });
  await expect(startKafka({ dataDir: folder, port: 0, log: silent, env })).rejects.toMatchObject({
    code: 'kafka-data-elsewhere',
  });
});

it('takes the Kafka that KAFKA_BROKERS names, and says when nothing answers there', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `127.0.0.1:${(server.address() as { port: number }).port}`;
  const start = () => startKafka({ dataDir: folder, port: 0, log: silent, env: { KAFKA_BROKERS: ` ${address} ` } });
  const kafka = await start();
  expect(kafka).toMatchObject({ brokers: [address], source: 'external' });
  await kafka.stop();
  expect(server.listening).toBe(true);
  server.close();
  await once(server, 'close');
  await expect(start()).rejects.toMatchObject({ code: 'kafka-unreachable' });
});

const writeOrigin = async (origin: object) => {
  await mkdir(join(folder, 'kafka'));
  await writeFile(join(folder, 'kafka', 'origin.json'), JSON.stringify(origin));
};
