import { createLogUpdate } from 'log-update';
import type { RunState } from '../run-state.js';
import type { Summary } from './recent-figures.js';
import { statusBlock, summaryLine } from './status-block.js';

/** Where a start shows what happens. */
export interface Display {
  /** One line about something that happened. */
  log(line: string): void;
  show(state: RunState, summary: Summary): void;
  /** From here on, what is told is about stopping. */
  stopping(): void;
  /** Leaves the screen as it is. */
  end(): void;
}

const PLAIN_EVERY_MS = 10_000;

/** Lines, one after the other; the figures every {@link PLAIN_EVERY_MS}. */
export const plainDisplay = (output: NodeJS.WriteStream, now: () => number): Display => {
  let shownMs = -Infinity;
  const log = (line: string): void => {
    output.write(`${line}\n`);
  };
  return {
    log,
    show: (_, summary) => {
      if (now() - shownMs < PLAIN_EVERY_MS) return;
      shownMs = now();
      log(summaryLine(summary));
    },
    stopping: () => undefined,
    end: () => undefined,
  };
};

const NOTICES = 3;
const LONGEST_START = 12;

/** One block that refreshes itself. Until there are figures, it is the list of what has come up. */
export const screenDisplay = (output: NodeJS.WriteStream): Display => {
  const update = createLogUpdate(output);
  let lines: readonly string[] = [];
  let stopping = false;
  let shown: { readonly state: RunState; readonly summary: Summary } | undefined;
  const draw = (): void => {
    update(
      shown === undefined
        ? ['Offerstream', '', ...lines.slice(-LONGEST_START).map((line) => `  ${line}`)].join('\n')
        : statusBlock(shown.state, shown.summary, { notices: lines.slice(-NOTICES), stopping }),
    );
  };
  return {
    log: (line) => {
      lines = [...lines.slice(-LONGEST_START), line];
      draw();
    },
    show: (state, summary) => {
      // What came up on the way is of no interest any more.
      if (shown === undefined) lines = [];
      shown = { state, summary };
      draw();
    },
    stopping: () => {
      stopping = true;
      lines = [];
      draw();
    },
    end: () => {
      update.done();
    },
  };
};
