import type { Case } from './edit.ts';

/** Something to throw edited packets at. */
export interface Target {
  readonly name: string;
  /** In a few words, for `--help`. */
  readonly about: string;
  readonly setups: readonly string[];
  /** How many packets there are to edit, about. */
  places(setup: string): number;
  readonly operations: readonly string[];
  /** How much more often than others it is chosen. */
  readonly weight: number;
  /** @throws Broken when a promise is */
  run(input: Case): void;
}
