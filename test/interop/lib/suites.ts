import { describe } from 'vitest';
import { requireProgram } from '../programs.ts';

type ConcurrentSuite = typeof describe.concurrent;

/** `describe.concurrent` for tests against a program, skipped where that is not installed (but in CI). */
export function describeWith(program: string): ConcurrentSuite {
  return requireProgram(program) ? describe.concurrent : describe.concurrent.skip;
}

/** Rows for `test.each`, each under its name; `$key` in a title would put its strings between quotes. */
export function named<T>(rows: readonly T[], nameOf: (row: T) => string): [string, T][] {
  return rows.map((row) => [nameOf(row), row]);
}
