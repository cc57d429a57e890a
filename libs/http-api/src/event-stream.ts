import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { problemBody } from './problem.js';
import type { ProblemFilter } from './problem-filter.js';

/** An answer that comes bit by bit, of an operation with `events`. What goes wrong before there is one is a problem like any other. */
export class EventStream {
  /** @param events read no faster than they are sent; ended early when the client goes away */
  constructor(private readonly events: AsyncIterable<unknown>) {}

  /**
   * Server-sent events (HTML Living Standard, section 9.2) as OpenAI's API has them: JSON in each, `[DONE]` in the last. A stream that
   * fails ends with the problem instead.
   *
   * @param schema all that may leave in an event
   */
  asServerSentEvents(reply: FastifyReply, schema: z.ZodType, problems: Pick<ProblemFilter, 'detailsOf'>): Readable {
    return Readable.from(textsOf(this.events, reply, schema, problems));
  }
}

async function* textsOf(
  events: AsyncIterable<unknown>,
  reply: FastifyReply,
  schema: z.ZodType,
  problems: Pick<ProblemFilter, 'detailsOf'>,
): AsyncGenerator<string, void, undefined> {
  const { id } = reply.request;
  try {
    for await (const event of events) yield eventOf(schema.parse(event));
    yield 'data: [DONE]\n\n';
  } catch (error) {
    // Nobody is there to be told, and the error is most likely that.
    if (reply.raw.destroyed) return;
    yield eventOf(problemBody(problems.detailsOf(error, id), id));
  }
}

const eventOf = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;
