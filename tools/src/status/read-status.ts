import { Line, LineError } from '../line/line.js';
import type { LineConfig } from '../line/config.js';
import { readRunState, RunStateError, type RunState } from '../run-state.js';
import { readFigures, type Figures } from '../start/figures.js';
import { notReady } from '../start/ready.js';

export interface Status {
  readonly ready: boolean;
  /** Why it is not ready, by service; of `kafka`, of the `figures`, or of the `line` as a whole. */
  readonly problems: Readonly<Record<string, string>>;
  readonly addresses: RunState['addresses'] | undefined;
  readonly counts: Pick<Figures, 'events' | 'offers' | 'lag'> | undefined;
  readonly demo: Pick<RunState['demo'], 'writeKey' | 'apiKey' | 'items'> | undefined;
}

/** How the line on a data folder is: also of one that is not there, or a part of which does not answer. */
export const readStatus = async (dataDir: string, config: LineConfig): Promise<Status> => {
  let state: RunState;
  try {
    state = await readRunState(dataDir);
  } catch (error) {
    if (!(error instanceof RunStateError)) throw error;
    return {
      ready: false,
      problems: { line: error.message },
      addresses: undefined,
      counts: undefined,
      demo: undefined,
    };
  }
  const { addresses, admin, demo } = state;
  const [services, figures] = await Promise.all([notReady(admin), figuresOf(new Line(dataDir, config), admin)]);
  const problems = { ...services, ...figures.problems };
  return {
    ready: Object.keys(problems).length === 0,
    problems,
    addresses,
    counts: figures.counts,
    demo: { writeKey: demo.writeKey, apiKey: demo.apiKey, items: demo.items },
  };
};

const figuresOf = async (line: Line, admin: RunState['admin']): Promise<Pick<Status, 'problems' | 'counts'>> => {
  try {
    const { events, offers, lag } = await readFigures(admin, await line.kafka('status'));
    return { problems: {}, counts: { events, offers, lag } };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { problems: { [error instanceof LineError ? 'kafka' : 'figures']: problem }, counts: undefined };
  }
};
