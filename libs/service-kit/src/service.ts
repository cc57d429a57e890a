import { ConsoleLogger, type LoggerService } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { startAdminServer } from './admin-server.js';
import { ConfigError, type Environment, type ServiceConfig } from './config.js';
import { FaultPoints } from './fault-points.js';
import { Health } from './health.js';

/** What the kit hands to a service's module. */
export interface ServiceRuntime {
  readonly logger: LoggerService;
  readonly metrics: Registry;
  readonly health: Health;
  readonly faults: FaultPoints;
  /** Aborted when the service is to end, also while it is still starting. */
  readonly stopping: AbortSignal;
}

/** The part of a Nest application or microservice that the kit drives. */
export interface ServiceApplication {
  /** Resolves when the service takes work. */
  listen(): Promise<void>;
  /** Stops taking work, finishes what was taken, releases everything. */
  close(): Promise<void>;
  /** Before the process ends because of a bug: lets go what process.exit() would wait for, and nothing else. */
  halt?(): Promise<void>;
}

export interface ServiceDefinition<Config extends ServiceConfig> {
  readonly name: string;
  /** @throws ConfigError */
  readonly readConfig: (env: Environment) => Config;
  readonly create: (config: Config, runtime: ServiceRuntime) => Promise<ServiceApplication>;
}

/** How long a service may take to finish its work after SIGTERM. */
const STOP_TIMEOUT_MS = 20_000;
/** How long a service may take to let go what keeps the process from ending. */
const HALT_TIMEOUT_MS = 1_000;

const EXIT_BUG = 70;
const EXIT_CONFIG = 78;

/**
 * Runs a service until SIGTERM, SIGINT or the end of its supervisor. The admin port answers first and is closed last; an
 * unknown error ends the process with a non-zero code.
 */
export const runService = async <Config extends ServiceConfig>(
  definition: ServiceDefinition<Config>,
): Promise<void> => {
  let config: Config;
  try {
    // eslint-disable-next-line no-restricted-syntax -- the one place where the environment enters a service
    config = definition.readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${definition.name}: ${error.message}\n`);
    process.exit(EXIT_CONFIG);
  }
  const logger = new ConsoleLogger({
    json: true,
    compact: true,
    prefix: definition.name,
    logLevels: levelsFrom(config.logLevel),
  });
  let application: ServiceApplication | undefined;
  const endWith = (problem: string): void => {
    logger.fatal(problem, 'service');
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), HALT_TIMEOUT_MS);
    Promise.resolve(application?.halt?.()).then(
      () => process.exit(EXIT_BUG),
      () => process.exit(EXIT_BUG),
    );
  };
  endOnBugs(endWith);

  const metrics = new Registry();
  metrics.setDefaultLabels({ service: definition.name });
  collectDefaultMetrics({ register: metrics });
  const health = new Health();
  let taking = false;
  health.addReadiness('started', () => ({ ok: taking, reason: taking ? 'takes work' : 'starting or stopping' }));

  const admin = await startAdminServer(config.admin, { metrics, health });
  const stopping = new AbortController();
  const stopRequested = new Promise<string>((resolve) => {
    const stop = (reason: string) => {
      stopping.abort(new Error(reason));
      resolve(reason);
    };
    process.once('SIGTERM', () => stop('SIGTERM'));
    process.once('SIGINT', () => stop('SIGINT'));
    // A supervisor that died can't send a signal; its channel closes instead.
    process.once('disconnect', () => stop('the supervisor ended'));
  });

  const started = (async () => {
    const faults = new FaultPoints(config.faults);
    application = await definition.create(config, { logger, metrics, health, faults, stopping: stopping.signal });
    await application.listen();
    taking = true;
    logger.log(`takes work; metrics and health on port ${admin.port}`, 'service');
  })();
  await Promise.race([started, stopRequested]);

  const reason = await stopRequested;
  taking = false;
  logger.log(`stopping: ${reason}`, 'service');
  setTimeout(() => endWith(`did not stop within ${STOP_TIMEOUT_MS} ms`), STOP_TIMEOUT_MS).unref();
  // A start that is under way ends by the signal, or gets to its end and is undone.
  await started.catch(() => undefined);
  await application?.close();
  await admin.close();
  logger.log('stopped', 'service');
  process.exit(0);
};

const endOnBugs = (endWith: (problem: string) => void): void => {
  let ending = false;
  const end = (error: unknown) => {
    if (ending) return;
    ending = true;
    endWith(error instanceof Error ? (error.stack ?? error.message) : String(error));
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
};

const levelsFrom = (least: ServiceConfig['logLevel']) => {
  const levels = ['error', 'warn', 'log', 'debug'] as const;
  return ['fatal' as const, ...levels.slice(0, levels.indexOf(least) + 1)];
};
