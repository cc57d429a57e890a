import { randomBytes } from 'node:crypto';
import { whenThisProcessIsGone } from '@offerstream/infra';
import { getContainerRuntimeClient, type GenericContainer, type StartedTestContainer } from 'testcontainers';

export interface TestContainer<Started extends StartedTestContainer> {
  readonly started: Started;
  /** Ends it as a loss of power would. */
  kill(): Promise<void>;
  startAgain(): Promise<void>;
  /** Ends it and leaves nothing of it. */
  remove(): Promise<void>;
}

/** Starts a container that is removed when this process is gone, also while it is still starting. */
export const startContainer = async <Started extends StartedTestContainer>(
  container: Omit<GenericContainer, 'start'> & { start(): Promise<Started> },
): Promise<TestContainer<Started>> => {
  const name = `offerstream-test-${randomBytes(6).toString('hex')}`;
  const forget = whenThisProcessIsGone({
    kind: 'command',
    command: 'docker',
    args: ['rm', '--force', '--volumes', name],
  });
  container.withName(name);
  const started = await container.start();
  const runtime = await getContainerRuntimeClient();
  const raw = runtime.container.getById(started.getId());
  return {
    started,
    kill: async () => {
      await raw.kill();
      await raw.wait();
    },
    startAgain: async () => {
      await raw.start();
    },
    remove: async () => {
      await raw.remove({ force: true, v: true });
      forget();
    },
  };
};
