import type { Log } from '@offerstream/infra';

/** What a real part needs to know of where it runs. */
export interface Surroundings {
  /** Whether a Docker engine answers and has the images of these parts; otherwise the embedded parts are used. */
  readonly docker: boolean;
  /** A new folder that goes with the test run. */
  readonly folder: (name: string) => Promise<string>;
  readonly log: Log;
}
