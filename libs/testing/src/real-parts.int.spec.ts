import { connect } from 'node:net';
import { askValkey } from '@offerstream/infra';
import {
  freshDatabase,
  kafkaBrokers,
  postgresUrl,
  startOwnKafka,
  startOwnValkey,
  startOwnValkeyCluster,
  valkeyUrl,
} from './real-parts.js';

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
});

const ask = (address: string, ...command: string[]) => {
  const [host = '', port] = address.split(':');
  return askValkey(host, Number(port), command, 60_000);
};

it('gives every asker the same Valkey', async () => {
  const [first, second] = await Promise.all([valkeyUrl(), valkeyUrl()]);
  expect(first).toBe(second);
  expect(await ask(addressOf(first), 'PING')).toBe('PONG');
});

it('starts a Valkey that can be cut off and comes back at the same address with what it had acknowledged', async () => {
  const valkey = await startOwnValkey();
  const address = addressOf(valkey.url);
  expect(valkey.url).not.toBe(await valkeyUrl());
  await ask(address, 'SET', 'anna', 'shoes');
  await valkey.kill();
  expect(await answers(address)).toBe(false);
  await valkey.restart();
  expect(await ask(address, 'GET', 'anna')).toBe('shoes');
  await valkey.stop();
  expect(await answers(address)).toBe(false);
});

it('starts a cluster of Valkeys that share the slots, also after it was cut off', async () => {
  const cluster = await startOwnValkeyCluster();
  const addresses = cluster.url.replace('redis+cluster://', '').split(',');
  const slotsAreServed = async () => {
    const info = await Promise.all(addresses.map((address) => ask(address, 'CLUSTER', 'INFO')));
    return info.every((text) => text.includes('cluster_state:ok') && text.includes('cluster_slots_ok:16384'));
  };
  expect(addresses).toHaveLength(3);
  expect(await slotsAreServed()).toBe(true);
  // This key lies in slot 12182: https://valkey.io/topics/cluster-spec/ has it as the example of CRC16.
  await expect(ask(addresses[0] ?? '', 'GET', 'foo')).rejects.toThrow(/^MOVED 12182 /);
  await cluster.kill();
  await cluster.restart();
  expect(await slotsAreServed()).toBe(true);
  await cluster.stop();
});
