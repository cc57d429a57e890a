import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { etagOf } from './call.js';

/**
 * An answer that is finished: JSON of the operation's schema, which whoever made it answers for. For hot paths, where the schema
 * and the serialisers would take longer than the answer itself.
 */
export class FinishedJson {
  constructor(readonly json: string | Buffer) {}
}

/**
 * Lets nothing leave that the operation's schema does not name. (Nest's StandardSchemaSerializerInterceptor lets texts and numbers
 * pass, and everything of a handler without a schema.)
 */
export class AnswerAsDeclared implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const { operation } = http.getRequest<FastifyRequest>().routeOptions.config;
    if (operation === undefined) throw new Error('Only operations answer.');
    return next.handle().pipe(
      map((answer: unknown) => {
        if (operation.response === null) return undefined;
        if (answer instanceof FinishedJson) {
          void http.getResponse<FastifyReply>().header('content-type', 'application/json');
          return answer.json;
        }
        const { data, error } = operation.response.safeParse(answer);
        if (error !== undefined) {
          const where = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
          throw new Error(`${operation.id} answers with something else than its schema says: ${where}`);
        }
        if (operation.etag === true) {
          const { version } = data as { readonly version?: number };
          if (version !== undefined) void http.getResponse<FastifyReply>().header('etag', etagOf(version));
        }
        return data;
      }),
    );
  }
}
