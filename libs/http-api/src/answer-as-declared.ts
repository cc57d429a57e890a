import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyServerOptions } from 'fastify';
import { etagOf } from './call.js';
import { EventStream } from './event-stream.js';
import type { ProblemFilter } from './problem-filter.js';

/**
 * An answer that is finished: JSON of the operation's schema, which whoever made it answers for. For hot paths, where the schema
 * and the serialisers would take longer than the answer itself.
 */
export class FinishedJson {
  constructor(readonly json: string | Buffer) {}
}

/**
 * Lets nothing leave that the operation's schema does not name. (Nest's StandardSchemaSerializerInterceptor lets texts and numbers
 * pass, and everything of a handler without a schema.) An adapter, since all that handlers answer comes through it: an interceptor
 * costs each request several Observables.
 */
export class AnswerAsDeclared extends FastifyAdapter {
  /** @param problems say what a stream that fails on its way tells last */
  constructor(
    options: FastifyServerOptions,
    private readonly problems: Pick<ProblemFilter, 'detailsOf'>,
  ) {
    super(options);
  }

  override reply(reply: FastifyReply, answer: unknown, statusCode?: number): FastifyReply {
    const { operation } = reply.request.route.config;
    if (operation === undefined) throw new Error('Only operations answer.');
    const { id, response, responseType, events, etag } = operation;
    if (statusCode !== undefined) void reply.code(statusCode);
    if (answer instanceof EventStream) {
      if (events === undefined) throw new Error(`${id} answers with events, which it does not declare.`);
      return reply
        .header('content-type', EVENT_STREAM_TYPE)
        .send(answer.asServerSentEvents(reply, events, this.problems));
    }
    if (response === null) return reply.send();
    if (answer instanceof FinishedJson) return reply.header('content-type', JSON_TYPE).send(answer.json);
    const { data, error } = response.safeParse(answer);
    if (error !== undefined) {
      const where = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
      throw new Error(`${id} answers with something else than its schema says: ${where}`);
    }
    if (responseType !== undefined)
      return reply.header('content-type', responseType).send(Buffer.from(data as Uint8Array));
    if (etag === true) {
      const { version } = data as { readonly version?: number };
      if (version !== undefined) void reply.header('etag', etagOf(version));
    }
    return reply.send(data);
  }
}

/** With its charset, so that Fastify does not take it apart to add that. */
const JSON_TYPE = 'application/json; charset=utf-8';
const EVENT_STREAM_TYPE = 'text/event-stream; charset=utf-8';
