import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { answerTasks } from './answer-tasks.js';
import type { ThreadRequest } from './thread-messages.js';

interface Dig {
  readonly depth: number;
}

it('a task that is dropped is told to have ended when its work has', async () => {
  const { port1: asker, port2: thread } = new MessageChannel();
  const dropped = Promise.withResolvers<undefined>();
  const steps: string[] = [];
  answerTasks<Dig>(thread, {
    async workOn(_, { signal, pause }) {
      signal.addEventListener('abort', () => dropped.resolve(undefined));
      await dropped.promise;
      await pause();
      steps.push('ended');
      signal.throwIfAborted();
      return {};
    },
    isOfModel: (error): error is never => error === undefined,
    handedOver: () => [],
  });
  asker.on('message', ({ kind, id }: { readonly kind: string; readonly id: number }) => steps.push(`${kind} ${id}`));
  for (const request of [
    { kind: 'task', id: 7, task: { depth: 1 } },
    { kind: 'drop', id: 7 },
  ] satisfies ThreadRequest<Dig>[])
    asker.postMessage(request);
  await once(asker, 'message');
  expect(steps).toEqual(['ended', 'dropped 7']);
  asker.close();
});
