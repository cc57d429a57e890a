/** What is done about one thing when the process that started it is gone. */
export type ReaperTask =
  | {
      readonly kind: 'process';
      readonly pid: number;
      /** Left out: the process notices by itself and is only given time. */
      readonly signal?: 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGKILL';
      readonly graceMs: number;
      /** Signals go to the whole process group that this process leads. */
      readonly group?: boolean;
    }
  | { readonly kind: 'command'; readonly command: string; readonly args: readonly string[] }
  | { readonly kind: 'folder'; readonly path: string };
