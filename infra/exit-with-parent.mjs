// Loaded before a program that the bootstrap runs: when the bootstrap is gone without having stopped the program, the
// program is told as it would have been.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
