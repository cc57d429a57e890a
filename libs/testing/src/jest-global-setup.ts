import { PARTS_URL_VARIABLE } from './parts.js';
import { startPartsServer, type PartsServer } from './parts-server.js';

let server: PartsServer | undefined;

/** For Jest's `globalSetup`: a run that is part of a larger one uses that one's parts. */
export const setup = async (): Promise<void> => {
  if (process.env[PARTS_URL_VARIABLE] !== undefined) return;
  server = await startPartsServer((line) => process.stderr.write(`${line}\n`));
  Object.assign(process.env, server.env);
};

/** For Jest's `globalTeardown`. */
export const teardown = async (): Promise<void> => {
  if (server === undefined) return;
  for (const name of Object.keys(server.env)) Reflect.deleteProperty(process.env, name);
  await server.stop();
  server = undefined;
};
