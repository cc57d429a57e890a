import { cpus, loadavg, totalmem } from 'node:os';

/** What a figure was measured on. */
export const machineFacts = () => ({
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  /** Of the last minute. */
  load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
});
