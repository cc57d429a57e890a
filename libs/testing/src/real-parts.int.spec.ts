import { connect } from 'node:net';
import { freshDatabase, kafkaBrokers, postgresUrl, startOwnKafka } from './real-parts.js';

const answers = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const [host = '', port] = address.split(':');
    const socket = connect(Number(port), host);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

const addressOf = (url: string) => new URL(url).host;

it('gives every asker the same Kafka', async () => {
  const [first, second] = await Promise.all([kafkaBrokers(), kafkaBrokers()]);
  expect(first).toEqual(second);
  expect(await answers(first[0] ?? '')).toBe(true);
});

it('gives every asker the same PostgreSQL, and a database of its own on it', async () => {
  const [url, one, other] = await Promise.all([postgresUrl(), freshDatabase(), freshDatabase()]);
  expect(await answers(addressOf(url))).toBe(true);
  expect(new Set([url, one, other].map(addressOf)).size).toBe(1);
  expect(new Set([url, one, other].map((each) => new URL(each).pathname)).size).toBe(3);
});

it('starts a Kafka that can be cut off and comes back at the same address', async () => {
  const kafka = await startOwnKafka();
  const address = kafka.brokers[0] ?? '';
  expect([address]).not.toEqual(await kafkaBrokers());
  await kafka.kill();
  expect(await answers(address)).toBe(false);
  await kafka.restart();
  expect(await answers(address)).toBe(true);
  await kafka.stop();
  expect(await answers(address)).toBe(false);
}, 300_000);
