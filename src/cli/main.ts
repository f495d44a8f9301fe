#!/usr/bin/env node
import { run } from './run.ts';

const interruption = new AbortController();
// Once: who asks again while the end takes its time gets the system's way of ending.
process.once('SIGINT', () => interruption.abort());
process.once('SIGTERM', () => interruption.abort());

// `dtlslib demo | head`: the reader has gone, and there is nobody left to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

process.exitCode = await run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  interrupted: interruption.signal,
});
