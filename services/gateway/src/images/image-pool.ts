// sharp's libraries have to be loaded by the main thread before a worker does: https://sharp.pixelplumbing.com/install/#worker-threads
import '@offerstream/vision';
import type { ThreadSettings } from '../threads/thread-messages.js';
import { ThreadPool, type ThreadPoolOptions } from '../threads/thread-pool.js';
import { IMAGES_BUSY } from './image-problems.js';
import type { ImageResults, ImageTask } from './image-tasks.js';

export type ImagePoolOptions = ThreadSettings &
  Pick<ThreadPoolOptions<ImageTask>, 'workers' | 'maxQueued' | 'onWorkerLost' | 'onUnusable' | 'onFailed'>;

const PROGRAM = new URL('../../dist/images/image-worker.js', import.meta.url);

/** Threads that look at photos. */
export class ImagePool extends ThreadPool<ImageTask, ImageResults> {
  constructor(options: ImagePoolOptions) {
    super({
      ...options,
      program: PROGRAM,
      modelOf: ({ model }) => model,
      problems: {
        busy: IMAGES_BUSY,
        failed: {
          status: 503,
          code: 'images-failed',
          reason: 'The thread that looked at the photo ended.',
          fix: 'Send the request again after Retry-After; tell the operator when that goes on.',
          retryAfterSeconds: 1,
        },
      },
    });
  }
}
