import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { PromotedModel } from '@offerstream/contracts';
import { tempFolder } from '@offerstream/testing';
import { SHOP, type Surroundings } from '../running-trainer.fixture.js';

const NAME = 'shop.content';

/** Extends promoted models as control does, whose own specs say how. */
export const startControl = async ({ put }: Pick<Surroundings, 'put'>) => {
  const token = 'service-token';
  const tokenFile = join(await tempFolder(), token);
  await writeFile(tokenFile, token);
  let serving = '';
  const promoted: string[] = [];
  const promote = async (version: string): Promise<void> => {
    serving = version;
    promoted.push(version);
    const record: PromotedModel = {
      tenant: SHOP,
      name: NAME,
      version,
      family: 'content',
      popular: [],
      promotedAt: '2026-03-01T09:00:00.000Z',
    };
    await put('models', `${SHOP}:${NAME}`, JSON.stringify(record));
  };
  let status = 200;
  const server = createServer((request, response) => {
    void (async () => {
      const { version, extends: base } = JSON.parse(await text(request)) as { version: string; extends: string };
      const isMeant =
        request.url === `/v1/models/${NAME}/extensions?tenant=${SHOP}` &&
        request.headers.authorization === `Bearer ${token}`;
      const answer = !isMeant ? 403 : status !== 200 ? status : [base, version].includes(serving) ? 200 : 409;
      if (answer === 200 && serving !== version) await promote(version);
      response.writeHead(answer, { 'content-type': 'application/json' }).end('{}');
    })();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    env: {
      CONTROL_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      SERVICE_TOKEN_FILE: tokenFile,
    },
    /** As somebody does who has trained. */
    promote,
    get serving() {
      return serving;
    },
    /** All that ever served, in order. */
    promoted,
    answerWith: (other: number): void => {
      status = other;
    },
    stop: async (): Promise<void> => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};

export type RunningControl = Awaited<ReturnType<typeof startControl>>;
