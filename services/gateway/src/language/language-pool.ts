import type { ThreadSettings } from '../threads/thread-messages.js';
import { ThreadPool, type ThreadPoolOptions, type ThreadProblems } from '../threads/thread-pool.js';
import type { CompletionPart, LanguageTask, TaskResults } from './language-tasks.js';

export type LanguagePoolOptions = ThreadSettings &
  Pick<ThreadPoolOptions<LanguageTask>, 'workers' | 'maxQueued' | 'onWorkerLost' | 'onUnusable' | 'onFailed'>;

const PROGRAM = new URL('../../dist/language/language-worker.js', import.meta.url);

const PROBLEMS: ThreadProblems = {
  busy: {
    status: 429,
    code: 'language-busy',
    reason: 'More requests to language models wait than are taken.',
    fix: 'Send the request again after Retry-After, and fewer at a time.',
    retryAfterSeconds: 1,
  },
  failed: {
    status: 503,
    code: 'language-failed',
    reason: 'The thread that worked on the request ended.',
    fix: 'Send the request again after Retry-After; tell the operator when that goes on.',
    retryAfterSeconds: 1,
  },
};

/** Threads that work on texts. */
export class LanguagePool extends ThreadPool<LanguageTask, TaskResults, CompletionPart> {
  constructor(options: LanguagePoolOptions) {
    super({
      ...options,
      program: PROGRAM,
      problems: PROBLEMS,
      modelOf: (task) => (task.kind === 'embed' ? task.encoder : task.model),
    });
  }
}
