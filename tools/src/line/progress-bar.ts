import { Presets, SingleBar } from 'cli-progress';

export interface ProgressBar {
  /** @param share what is done, 0 to 1 @param note what is going on */
  update(share: number, note: string): void;
  /** Writes a line that stays, also where there is no bar. */
  tell(line: string): void;
  stop(): void;
}

const STEPS = 1_000;
const NO_BAR: ProgressBar = {
  update: () => undefined,
  tell: (line) => process.stderr.write(`${line}\n`),
  stop: () => undefined,
};
/** Puts what is written in the place of the bar, which is drawn again below. */
const OVER_BAR = '\r\u001b[K';

/** A bar on stderr where that is a terminal; else none. */
export const progressBar = (): ProgressBar => {
  if (!process.stderr.isTTY) return NO_BAR;
  const bar = new SingleBar(
    {
      format: '{bar} {percentage}% {note}',
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      stopOnComplete: false,
    },
    Presets.shades_classic,
  );
  bar.start(STEPS, 0, { note: '' });
  return {
    update: (share, note) => bar.update(Math.min(STEPS, Math.floor(share * STEPS)), { note }),
    tell: (line) => process.stderr.write(`${OVER_BAR}${line}\n`),
    stop: () => bar.stop(),
  };
};
