import { Prisma } from './generated/client.js';

/** Postgres can't be reached, is starting, took too long, or ended the connection: nothing of the call was kept, and it may be repeated. */
export class DatabaseUnavailable extends Error {
  readonly code: 'database-unavailable' | 'database-too-slow' = 'database-unavailable';
  readonly canRetry = true;

  constructor(
    cause: unknown,
    message = 'Postgres does not answer; check that it runs and that DATABASE_URL is right. The call can be repeated.',
  ) {
    super(message, { cause });
    this.name = 'DatabaseUnavailable';
  }
}

/** A query or a transaction took longer than it may, and was ended. Postgres may answer others, and one that asks for less. */
export class DatabaseTooSlow extends DatabaseUnavailable {
  override readonly code = 'database-too-slow';

  /** @param of whose queries they were, where it is known */
  constructor(cause: unknown, of: readonly string[] = []) {
    const whose = of.length === 0 ? '' : ` for ${of.join(', ')}`;
    super(
      cause,
      `Postgres took too long${whose}; ask it for less, or see what keeps it busy. The call can be repeated.`,
    );
    this.name = 'DatabaseTooSlow';
  }
}

/** What errors of pg and of Prisma say, and Node's of sockets. */
interface Signs {
  readonly codes: RegExp;
  /** Of those that have no code of their own. */
  readonly messages: RegExp;
  readonly kinds: ReadonlySet<string>;
}

/** The SQLSTATE, pg's own clock, and Prisma's. */
const TOO_SLOW: Signs = {
  codes: /^57014$/,
  messages: /Query read timeout|on an expired transaction/,
  kinds: new Set(),
};

/** Node's codes, SQLSTATEs (classes 08 and 53, and 57P0x), and Prisma's codes for the same. */
const AWAY: Signs = {
  codes:
    /^(ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|08...|53...|57P0[1-5]|25006|P1001|P1002|P1008|P1017|P2024|P2028|P2037)$/,
  messages:
    /Connection terminated|Client has encountered a connection error|timeout expired|timeout exceeded when trying to connect|the database system is|Server has closed the connection/,
  kinds: new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections']),
};

/** Whether an error, or one of its causes, has one of the signs. */
const shows = (signs: Signs, error: unknown): boolean => {
  if (typeof error !== 'object' || error === null) return false;
  const { code, originalCode, kind, message, cause, meta } = error as Readonly<Record<string, unknown>>;
  return (
    (typeof code === 'string' && signs.codes.test(code)) ||
    (typeof originalCode === 'string' && signs.codes.test(originalCode)) ||
    (typeof kind === 'string' && signs.kinds.has(kind)) ||
    (typeof message === 'string' && signs.messages.test(message)) ||
    (error instanceof AggregateError && error.errors.some((each) => shows(signs, each))) ||
    shows(signs, cause) ||
    shows(signs, (meta as { readonly driverAdapterError?: unknown } | undefined)?.driverAdapterError)
  );
};

/** Runs one use of the database. @throws DatabaseUnavailable, also as DatabaseTooSlow, instead of the driver's many words for it. */
export const onDatabase = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work();
  } catch (error) {
    if (shows(TOO_SLOW, error)) throw new DatabaseTooSlow(error);
    if (shows(AWAY, error)) throw new DatabaseUnavailable(error);
    throw withoutArguments(error);
  }
};

/** What Prisma says of a call that it can't make shows all that was to be written, above a last line that tells the reason. */
const withoutArguments = (error: unknown): unknown => {
  if (!(error instanceof Prisma.PrismaClientValidationError)) return error;
  const told = new Error(error.message.slice(error.message.lastIndexOf('\n') + 1));
  told.stack = `${told.message}\n${(error.stack ?? '').slice((error.stack ?? '').indexOf('\n    at ') + 1)}`;
  return told;
};
