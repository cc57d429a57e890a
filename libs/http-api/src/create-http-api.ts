import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { StandardSchemaValidationPipe, type DynamicModule, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Histogram, type Registry } from 'prom-client';
import { admit } from './admission.js';
import { AnswerAsDeclared } from './answer-as-declared.js';
import { describeApi, type ApiInfo, type Route } from './open-api.js';
import type { Authenticator } from './principal.js';
import { invalidRequest, Problem } from './problem.js';
import { ProblemFilter, type ProblemOfError } from './problem-filter.js';
import { METHOD_NOT_ALLOWED } from './problems.js';
import { unstorable } from './unstorable.js';

export interface HttpApiOptions {
  /** Its controllers' handlers all carry an `@Operation`. */
  readonly module: DynamicModule;
  readonly info: Omit<ApiInfo, 'version'>;
  /** The service's package.json, whose version is the API's: `new URL('../package.json', import.meta.url)`. */
  readonly packageFile: URL;
  readonly authenticator: Authenticator;
  readonly logger: LoggerService;
  readonly metrics: Registry;
  /** Of the metric, for example `offerstream_control_request_seconds`. */
  readonly metricName: string;
  /** Largest body of JSON. */
  readonly maxJsonBytes: number;
  /** Whose X-Forwarded-For is believed: addresses and ranges, as Fastify's `trustProxy` has them. */
  readonly trustedProxies: string;
  /** What the service knows of errors of its own. */
  readonly problemOf?: ProblemOfError;
  /** Throws while no operation makes sense. Asked before anything else. */
  readonly gate?: () => void;
}

export interface HttpApi {
  readonly app: NestFastifyApplication;
  /** What `/openapi.json` answers. */
  readonly document: () => OpenAPIObject;
}

/** How long a sender may take for one request, so that stalled senders do not pile up. */
const RECEIVE_TIMEOUT_MS = 300_000;
/** How long an operation may take, unless it says otherwise. */
const OPERATION_TIMEOUT_MS = 30_000;
/** Longer than the idle timeout of common load balancers (60 s), so that they, not we, close an idle connection. */
const KEEP_ALIVE_MS = 72_000;
/** An id has up to 200 bytes, each of up to three characters in a path. */
const MAX_PARAM_LENGTH = 600;

const DOCS = '/docs';
const DOCUMENT = '/openapi.json';

/**
 * An HTTP API: who may do what is checked before a body is read, what comes in and goes out is what schemas say, everything that
 * is not a success is a problem with a code, a reason and a fix, and the OpenAPI document at `/openapi.json`, with a page at
 * `/docs`, is made of the same operations. Not listening yet; Fastify takes further hooks and parsers until it does.
 *
 * @throws Error when a handler has no `@Operation`.
 */
export const createHttpApi = async (options: HttpApiOptions): Promise<HttpApi> => {
  const problems = new ProblemFilter(options.logger, options.problemOf);
  const adapter = new AnswerAsDeclared(
    {
      bodyLimit: options.maxJsonBytes,
      routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
      requestTimeout: RECEIVE_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      trustProxy: options.trustedProxies,
      genReqId: requestId,
    },
    problems,
  );
  const fastify = adapter.getInstance();
  const routes = rememberRoutes(fastify);
  addHooks(fastify, options);
  // Fastify's own parser of JSON is kept: it refuses __proto__ and constructor.prototype.
  const app = await NestFactory.create<NestFastifyApplication>(options.module, adapter, {
    logger: false,
    bodyParser: false,
    abortOnError: false,
  });
  app.useGlobalPipes(new StandardSchemaValidationPipe({ exceptionFactory: invalidRequest }));
  app.useGlobalFilters(problems);
  await app.init();
  refuseOtherMethods(fastify, routes);
  const info = { ...options.info, version: versionIn(options.packageFile) };
  // Made when it is first asked for: it takes a good part of a service's start.
  let made: OpenAPIObject | undefined;
  const document = (): OpenAPIObject => (made ??= describeApi(app, info, routes));
  serveDocument(app, fastify, info.title, document);
  return { app, document };
};

const REQUEST_ID = /^[A-Za-z0-9._-]{8,128}$/;

/** The sender's own, so that he finds it in our logs; one that could disturb a log is replaced. */
const requestId = (request: IncomingMessage): string => {
  const sent = request.headers['x-request-id'];
  return typeof sent === 'string' && REQUEST_ID.test(sent) ? sent : randomUUID();
};

const rememberRoutes = (fastify: FastifyInstance): readonly Route[] => {
  const routes: Route[] = [];
  const ids = new Set<string>();
  fastify.addHook('onRoute', (route) => {
    const method = String(route.method);
    const operation = route.config?.operation;
    if (operation === undefined) {
      if (route.url === DOCUMENT || route.url === DOCS || route.url.startsWith(`${DOCS}/`)) return;
      if (route.config?.isRefusal === true) return;
      throw new Error(`${method} ${route.url} has no @Operation: say what it is, and who may do it.`);
    }
    const { timeoutMs = operation.events === undefined ? OPERATION_TIMEOUT_MS : null } = operation;
    if (timeoutMs !== null) route.handlerTimeout = timeoutMs;
    if (operation.maxBodyBytes !== undefined) route.bodyLimit = operation.maxBodyBytes;
    // Fastify adds a HEAD to each GET.
    if (method === 'HEAD') return;
    if (ids.has(operation.id)) throw new Error(`Two operations are called ${operation.id}.`);
    ids.add(operation.id);
    routes.push({ method, url: route.url, operation });
  });
  return routes;
};

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For methods that a path does not have. */
    isRefusal?: boolean;
  }

  interface FastifyRequest {
    /** Its `routeOptions`, which Fastify makes anew each time that they are asked for. */
    route: FastifyRequest['routeOptions'];
    /** What it is answered with. */
    response: ServerResponse;
  }
}

/** Answers every other method of a path that has operations with 405 and `Allow` (RFC 9110, section 15.5.6). */
const refuseOtherMethods = (fastify: FastifyInstance, routes: readonly Route[]): void => {
  for (const [url, operations] of Map.groupBy(routes, (route) => route.url)) {
    const allowed = operations.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    fastify.route({
      url,
      method: fastify.supportedMethods.filter((method) => !allowed.includes(method)),
      config: { isRefusal: true },
      // Before anything of a body is read.
      onRequest: (_request, reply, done) => {
        void reply.header('allow', allowed.join(', '));
        done(METHOD_NOT_ALLOWED);
      },
      handler: () => undefined,
    });
  }
};

/** What holds for every request: named, measured, let in, plain. */
const addHooks = (fastify: FastifyInstance, { authenticator, gate, metrics, metricName }: HttpApiOptions): void => {
  const duration = new Histogram({
    name: metricName,
    help: 'Time from a request to its answer.',
    labelNames: ['method', 'route', 'status'],
    registers: [metrics],
  });
  // Or the connection of who is answered while the server closes would hold that up for as long as it is kept.
  fastify.addHook('preClose', (done) => {
    fastify.server.keepAliveTimeout = 1;
    done();
  });
  fastify.decorateRequest('route');
  fastify.decorateRequest('response');
  fastify.decorateRequest('principal', undefined);
  fastify.addHook('onRequest', (request, reply, done) => {
    request.route = request.routeOptions;
    request.response = reply.raw;
    void reply.header('x-request-id', request.id);
    void reply.header('x-content-type-options', 'nosniff');
    if (request.route.config.operation !== undefined) {
      void reply.header('cache-control', 'no-store');
      gate?.();
    }
    done();
  });
  fastify.addHook('onRequest', admit(authenticator));
  fastify.addHook('preValidation', (request, _reply, done) => {
    refuseUnstorable(request);
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.route.url ?? 'none';
    duration.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1_000);
    done();
  });
};

const refuseUnstorable = ({ params, query, body }: FastifyRequest): void => {
  const isText = !(body instanceof Readable || body instanceof Uint8Array);
  for (const part of [params, query, isText ? body : undefined]) {
    const reason = unstorable(part);
    if (reason === undefined) continue;
    throw new Problem({
      status: 400,
      code: 'unstorable',
      reason: `The request ${reason}.`,
      fix: 'Remove it and send the request again.',
    });
  }
};

const serveDocument = (
  app: NestFastifyApplication,
  fastify: FastifyInstance,
  title: string,
  document: () => OpenAPIObject,
): void => {
  let text: string | undefined;
  fastify.get(DOCUMENT, (_request, reply) =>
    reply.type('application/json').send((text ??= JSON.stringify(document()))),
  );
  // The page and all that it loads come from here.
  SwaggerModule.setup(DOCS, app, document, { raw: false, customSiteTitle: title });
};

const versionIn = (packageFile: URL): string =>
  (JSON.parse(readFileSync(packageFile, 'utf8')) as { readonly version: string }).version;
