import { connect } from 'node:net';

/**
 * Sends one command to a server of the Redis protocol, and gives back its answer: a status, a number or a text, as text (a byte
 * a character), empty for what is not there.
 *
 * @throws the server's refusal, or that it does not answer
 */
export const askValkey = (host: string, port: number, command: readonly string[], timeoutMs: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    let received = '';
    const answer = (text: string) => {
      resolve(text);
      socket.destroy();
    };
    const refuse = (error: Error) => {
      reject(error);
      socket.destroy();
    };
    const silent = () => refuse(new Error(`Nothing answers ${command[0] ?? ''} on ${host}:${port}.`));
    socket.setTimeout(timeoutMs, silent);
    socket.once('error', refuse);
    socket.once('close', silent);
    socket.once('connect', () =>
      socket.write(
        [`*${command.length}`, ...command.flatMap((word) => [`$${Buffer.byteLength(word)}`, word]), ''].join('\r\n'),
      ),
    );
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      received += chunk;
      const [first = '', ...rest] = received.split('\r\n');
      if (rest.length === 0) return;
      const text = rest.join('\r\n');
      if (first.startsWith('-')) refuse(new Error(first.slice(1)));
      else if (!first.startsWith('$')) answer(first.slice(1));
      else if (first === '$-1') answer('');
      else if (text.length >= Number(first.slice(1)) + 2) answer(text.slice(0, -2));
    });
  });

/** Whether a server at this address has read its data and takes commands. */
export const valkeyAnswers = async (host: string, port: number, timeoutMs: number): Promise<boolean> =>
  (await askValkey(host, port, ['PING'], timeoutMs).catch(() => undefined)) === 'PONG';
