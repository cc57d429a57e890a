import { STATUS_CODES } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { ETAG, IDEMPOTENCY_KEY, RETRY_COUNT } from './call.js';
import { statusOf, type OperationOptions } from './operation.js';
import { problemSchema } from './problem.js';

export interface ApiInfo {
  readonly title: string;
  /** Markdown. */
  readonly description: string;
  readonly version: string;
  /** What each tag is about, in the order of the page. */
  readonly tags: Readonly<Record<string, string>>;
}

export interface Route {
  readonly method: string;
  /** As Fastify has it, for example `/v1/tenants/:tenant`. */
  readonly url: string;
  readonly operation: OperationOptions;
}

/** A part of an OpenAPI document as it is built up here. */
type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of an initialised application: Nest knows the parameters, the operations say everything else. */
export const describeApi = (app: INestApplication, info: ApiInfo, routes: readonly Route[]): OpenAPIObject => {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(info.title)
    .setDescription(info.description)
    .setVersion(info.version)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/')
    .addSecurity('bearer', { type: 'http', scheme: 'bearer', description: 'A key or a token.' });
  for (const [tag, description] of Object.entries(info.tags)) builder.addTag(tag, description);
  const document = SwaggerModule.createDocument(app, builder.build(), {
    autoTagControllers: false,
    standardSchemaConverter: (schema, { schemaType }) => ({ schema: jsonSchema(schema as z.ZodType, schemaType) }),
  });
  document.components = { ...document.components, schemas: { Problem: jsonSchema(problemSchema, 'output') } };
  for (const route of routes) describe(document, route);
  return document;
};

const describe = (document: OpenAPIObject, { method, url, operation }: Route): void => {
  const path = url.replaceAll(/:(\w+)/g, '{$1}');
  const described = (document.paths[path] as Json | undefined)?.[method.toLowerCase()] as Json | undefined;
  if (described === undefined) throw new Error(`Nest does not know ${method} ${url}.`);
  const parameters = (described['parameters'] as Json[] | undefined) ?? [];
  const { bodies, requestExample } = operation;
  if (bodies !== undefined) {
    const content = Object.entries(bodies).map(([type, schema]) => [type, { schema: jsonSchema(schema, 'input') }]);
    described['requestBody'] = { required: true, content: Object.fromEntries(content) as Json };
  }
  const body = described['requestBody'] as { readonly content: Record<string, Json> } | undefined;
  const json = body?.content['application/json'];
  if (json !== undefined && requestExample !== undefined) json['example'] = requestExample;
  Object.assign(described, {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    description: `${operation.description === undefined ? '' : `${operation.description}\n\n`}Scope: \`${operation.scope}\`.`,
    'x-scope': operation.scope,
    security: operation.scope === 'public' ? [] : [{ bearer: [] }],
    parameters: [...parameters, ...headersOf(operation)],
    responses: responsesOf(operation, {
      hasBody: body !== undefined,
      hasInput: body !== undefined || parameters.length > 0,
      namesTenant: parameters.some(({ name }) => name === 'tenant'),
    }),
  });
};

const headersOf = ({ ifMatch, idempotent, paidOnce }: OperationOptions): readonly Json[] => [
  ...(ifMatch === true
    ? [
        header(
          'If-Match',
          { pattern: ETAG.source, format: 'etag' },
          'The ETag that was read: another version than that is not changed (412). Left out, any is.',
        ),
      ]
    : []),
  ...(idempotent === true
    ? [
        header(
          'Idempotency-Key',
          { pattern: IDEMPOTENCY_KEY.source },
          'Random. The same request with the same key is carried out once, however often it comes within 24 hours. What is shown only once, a key or a token, is not in the answers after the first.',
        ),
      ]
    : []),
  ...(paidOnce === true
    ? [
        header(
          'Idempotency-Key',
          { pattern: IDEMPOTENCY_KEY.source },
          'Random. The same request with the same key is paid once, however often it comes within ten minutes.',
        ),
        header(
          RETRY_COUNT,
          {},
          'How often the client has sent the request before, as the clients of OpenAI’s API say by themselves: one that is repeated within ten minutes is paid once.',
        ),
      ]
    : []),
];

const header = (name: string, schema: Json, description: string): Json => ({
  name,
  in: 'header',
  required: false,
  description,
  schema: { type: 'string', ...schema },
});

const responsesOf = (
  operation: OperationOptions,
  asked: { readonly hasBody: boolean; readonly hasInput: boolean; readonly namesTenant: boolean },
): Json => {
  const { response, responseType, events, example, problems = {}, scope } = operation;
  const status = statusOf(operation);
  const success: Json = {
    description: STATUS_CODES[status] ?? '',
    headers: {
      ...REQUEST_ID,
      ...(operation.etag === true ? TAG : {}),
      ...(operation.rateLimited === true ? LIMITS : {}),
    },
  };
  if (responseType !== undefined) success['content'] = { [responseType]: {} };
  else if (response !== null) {
    success['content'] = {
      'application/json': { schema: jsonSchema(response, 'output'), ...(example === undefined ? {} : { example }) },
      // OpenAPI 3.1 has no words for what stands in the events: the schema is that of each one's data.
      ...(events === undefined ? {} : { 'text/event-stream': { schema: jsonSchema(events, 'output') } }),
    };
  }
  const codes = new Map<number, Set<string>>();
  const add = (problem: number, ...more: readonly string[]): void => {
    codes.set(problem, new Set([...(codes.get(problem) ?? []), ...more]));
  };
  for (const [problem, own] of Object.entries(problems)) add(Number(problem), ...own);
  if (asked.hasInput) add(400, 'invalid', 'unstorable');
  if (asked.hasBody) {
    add(400, 'unreadable');
    add(413, 'too-large');
    add(415, 'media-type', 'content-encoding');
  }
  if (scope !== 'public') add(401, 'unauthenticated');
  if (scope !== 'public' && scope !== 'any') add(403, 'scope-missing');
  if (asked.namesTenant) add(404, 'tenant-unknown');
  if (operation.ifMatch === true) {
    add(400, 'if-match');
    add(412, 'version-conflict');
  }
  if (operation.idempotent === true || operation.paidOnce === true) add(400, 'idempotency-key');
  if (operation.rateLimited === true) add(429, 'too-many-requests');
  add(500, 'internal');
  if (operation.events === undefined) add(503, 'timed-out');
  const refusals = [...codes].sort(([left], [right]) => left - right);
  return Object.fromEntries([
    [status, success],
    ...refusals.map(([problem, own]) => [problem, problemResponse(problem, own, operation)]),
  ]) as Json;
};

const problemResponse = (status: number, codes: ReadonlySet<string>, { rateLimited }: OperationOptions): Json => ({
  description: `${STATUS_CODES[status] ?? 'Error'}: ${[...codes].map((code) => `\`${code}\``).join(', ')}`,
  headers: {
    ...REQUEST_ID,
    ...(status === 429 || status === 503 ? RETRY_AFTER : {}),
    ...(status === 429 && rateLimited === true ? LIMITS : {}),
  },
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});

const textHeader = (description: string): Json => ({ description, schema: { type: 'string' } });
const REQUEST_ID = { 'x-request-id': textHeader('What the logs call this request: as it was sent, or made here.') };
const TAG = { etag: textHeader('The version, for If-Match.') };
const RETRY_AFTER = { 'retry-after': textHeader('Seconds after which to try again.') };
const LIMITS = {
  ratelimit: textHeader('What is left: `"<name>";r=<requests>;t=<seconds until there are more>`.'),
  'ratelimit-policy': textHeader('The limits: `"<name>";q=<requests>;w=<seconds>`.'),
};

/** JSON Schema 2020-12, which OpenAPI 3.1 takes. */
const jsonSchema = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const converted = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema: converted }) => {
      // A brand is put on by a transform, of which zod can't know that it changes nothing.
      const { def } = zodSchema._zod;
      if (io === 'output' && def.type === 'pipe' && 'in' in def) {
        Object.assign(converted, jsonSchema(def.in as z.ZodType, io));
      }
    },
  });
  delete converted.$schema;
  return converted;
};
