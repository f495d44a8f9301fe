import { describe } from 'vitest';
import { requireProgram } from '../programs.ts';

type ConcurrentSuite = typeof describe.concurrent;

/** `describe.concurrent` for tests against a program, skipped where that is not installed (but in CI). */
export function describeWith(program: string): ConcurrentSuite {
  return requireProgram(program) ? describe.concurrent : describe.concurrent.skip;
}
