import { Controller, Post, Req, Res } from '@nestjs/common';
import { OFFER_EACH, OFFER_HEADER } from '@offerstream/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Collect, type CollectRequest } from './collect.js';
import { CollectorMetrics } from './collector-metrics.js';

/** HTTP header by which a sender of history asks that each event has an offer of its own. */
const OFFER_HTTP_HEADER = `x-offerstream-${OFFER_HEADER}`;
const NO_BODY = Buffer.alloc(0);

/** Segment's HTTP API. Answers go out as finished JSON, past Nest's and Fastify's serialisers. */
@Controller('v1')
export class CollectController {
  constructor(
    private readonly collect: Collect,
    private readonly metrics: CollectorMetrics,
  ) {}

  @Post('track')
  track(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answer('track', request, reply);
  }

  @Post('page')
  page(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answer('page', request, reply);
  }

  @Post('screen')
  screen(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answer('screen', request, reply);
  }

  @Post('identify')
  identify(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answer('identify', request, reply);
  }

  @Post('group')
  group(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answer('group', request, reply);
  }

  @Post('alias')
  alias(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answer('alias', request, reply);
  }

  @Post('batch')
  batch(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answer('batch', request, reply);
  }

  /** A batch of history: its timestamps are taken as they are, and it may ask for an offer of each event. */
  @Post('import')
  import(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answer('import', request, reply);
  }

  private async answer(route: CollectRequest['route'], request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const startedAt = performance.now();
    const { status, body, retryAfterSeconds } = await this.collect.collect({
      route,
      body: (request.body as Buffer | undefined) ?? NO_BODY,
      authorization: request.headers.authorization,
      // Such events wait for a dead inference, which shoppers' own must not: browsers send those to the other routes.
      offerEach: route === 'import' && request.headers[OFFER_HTTP_HEADER] === OFFER_EACH,
    });
    this.metrics.answered(status, (performance.now() - startedAt) / 1000);
    if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
    reply.code(status).header('content-type', 'application/json').send(body);
  }
}
