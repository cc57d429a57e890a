import { Prisma } from './generated/client.js';

/** Postgres can't be reached, is starting, took too long, or ended the connection: nothing of the call was kept, and it may be repeated. */
export class DatabaseUnavailable extends Error {
  readonly code = 'database-unavailable';
  readonly canRetry = true;

  constructor(cause: unknown) {
    super('Postgres does not answer; check that it runs and that DATABASE_URL is right. The call can be repeated.', {
      cause,
    });
    this.name = 'DatabaseUnavailable';
  }
}

/** Node's socket errors, SQLSTATEs (classes 08 and 53, 57014 for a statement that took too long, and 57P0x), and Prisma's codes for the same. */
const UNAVAILABLE_CODES =
  /^(ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|08...|53...|57014|57P0[1-5]|25006|P1001|P1002|P1008|P1017|P2024|P2028|P2037)$/;

/** How pg and Prisma's adapter name a lost connection where they give no code. */
const UNAVAILABLE_MESSAGES =
  /Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Query read timeout|the database system is|Server has closed the connection/;

const UNAVAILABLE_KINDS = new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections']);

/** Whether an error of pg or Prisma, or one of its causes, says that Postgres is away. */
export const saysUnavailable = (error: unknown): boolean => {
  if (typeof error !== 'object' || error === null) return false;
  const { code, originalCode, kind, message, cause, meta } = error as Readonly<Record<string, unknown>>;
  return (
    (typeof code === 'string' && UNAVAILABLE_CODES.test(code)) ||
    (typeof originalCode === 'string' && UNAVAILABLE_CODES.test(originalCode)) ||
    (typeof kind === 'string' && UNAVAILABLE_KINDS.has(kind)) ||
    (typeof message === 'string' && UNAVAILABLE_MESSAGES.test(message)) ||
    (error instanceof AggregateError && error.errors.some(saysUnavailable)) ||
    saysUnavailable(cause) ||
    saysUnavailable((meta as { readonly driverAdapterError?: unknown } | undefined)?.driverAdapterError)
  );
};

/** Runs one use of the database. @throws DatabaseUnavailable instead of the driver's many words for it. */
export const onDatabase = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work();
  } catch (error) {
    throw saysUnavailable(error) ? new DatabaseUnavailable(error) : withoutArguments(error);
  }
};

/** What Prisma says of a call that it can't make shows all that was to be written, above a last line that tells the reason. */
const withoutArguments = (error: unknown): unknown => {
  if (!(error instanceof Prisma.PrismaClientValidationError)) return error;
  const told = new Error(error.message.slice(error.message.lastIndexOf('\n') + 1));
  told.stack = `${told.message}\n${(error.stack ?? '').slice((error.stack ?? '').indexOf('\n    at ') + 1)}`;
  return told;
};
