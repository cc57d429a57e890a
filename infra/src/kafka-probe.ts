import { connect } from 'node:net';

const METADATA = 3;
const VERSION = 1;

/**
 * Whether a broker at this address knows a live broker of its cluster. A fresh broker accepts connections a while before
 * it takes work; it is listed in metadata only once it does. Source: Kafka protocol guide, Metadata request version 1.
 */
export const kafkaAnswers = (host: string, port: number, timeoutMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    let received = Buffer.alloc(0);
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => settle(false));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
    socket.once('connect', () => socket.write(metadataRequest()));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      // Response: size, correlation id, number of brokers (int32 each), then the brokers.
      if (received.length >= 12) settle(received.readInt32BE(8) > 0);
    });
  });

const metadataRequest = (): Buffer => {
  const body = Buffer.alloc(18);
  body.writeInt32BE(14, 0); // bytes that follow
  body.writeInt16BE(METADATA, 4);
  body.writeInt16BE(VERSION, 6);
  body.writeInt32BE(1, 8); // correlation id
  body.writeInt16BE(-1, 12); // no client id
  body.writeInt32BE(0, 14); // about no topic
  return body;
};
