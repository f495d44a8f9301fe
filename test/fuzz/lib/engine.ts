import { type Case, type Edit, formatCase } from './edit.ts';
import type { Random } from './random.ts';
import type { Target } from './target.ts';
import { targetOf } from './targets.ts';
import { Broken } from './watched.ts';

const MOST_EDITS = 6;
/** Runs that making a failure smaller may take. */
const MOST_SHRINKING = 300;

/** Undefined when every promise was kept. Whatever else is thrown is a fault of the fuzzer's or of a target's. */
export function runCase(input: Case): Broken | undefined {
  try {
    targetOf(input.target).run(input);
    return undefined;
  } catch (error) {
    if (error instanceof Broken) return error;
    throw new Error(`the fuzzer itself failed in ${formatCase(input)}`, { cause: error });
  }
}

function makeEdit(random: Random, target: Target, setup: string): Edit {
  return {
    at: random.below(target.places(setup)),
    operation: random.pick(target.operations),
    numbers: [random.number(), random.number(), random.number()],
  };
}

/** A case from nothing. */
function makeCase(random: Random, target: Target): Case {
  const setup = random.pick(target.setups);
  const edits = [makeEdit(random, target, setup)];
  while (edits.length < MOST_EDITS && random.chance(0.5)) edits.push(makeEdit(random, target, setup));
  return { target: target.name, setup, edits };
}

/** Another like one that has shown something new. */
function varyCase(random: Random, target: Target, known: Case, other: Case): Case {
  const edits = [...known.edits];
  const at = random.below(edits.length);
  const edit = edits[at];
  const numbers = edit?.numbers.map((number) => (random.chance(0.5) ? number : random.number())) ?? [];
  switch (random.below(6)) {
    case 0:
      if (edit !== undefined) edits[at] = { ...edit, numbers };
      break;
    case 1:
      if (edit !== undefined) edits[at] = { ...edit, at: random.below(target.places(known.setup)) };
      break;
    case 2:
      edits.splice(at, edits.length > 1 ? 1 : 0);
      break;
    case 3:
      edits.push(...other.edits.slice(0, 2));
      break;
    case 4:
      return { ...known, setup: random.pick(target.setups), edits };
    default:
      edits.splice(at, 0, makeEdit(random, target, known.setup));
  }
  return { ...known, edits: edits.slice(0, MOST_EDITS) };
}

/** The next case to try, from nothing or from what is known of this target. */
export function nextCase(random: Random, target: Target, known: readonly Case[]): Case {
  if (known.length === 0 || random.chance(0.6)) return makeCase(random, target);
  return varyCase(random, target, random.pick(known), random.pick(known));
}

/** Cases that never differ for the same seed, over all the targets given. */
export function* casesOf(
  random: Random,
  targets: readonly Target[],
  known: (target: Target) => readonly Case[],
): Generator<Case> {
  const weighted = targets.flatMap((target) => new Array<Target>(target.weight).fill(target));
  for (;;) {
    const target = random.pick(weighted);
    yield nextCase(random, target, known(target));
  }
}

/** The same for failures that are of one cause, as far as their text tells. */
export function kindOf({ message }: Broken): string {
  return message.replace(/\d+/g, 'n').slice(0, 60);
}

/** The same failure with fewer edits and smaller numbers, as far as that is found quickly. */
export function shrink(input: Case, broken: Broken): Case {
  let smallest = input;
  let runs = 0;
  const fails = (candidate: Case): boolean => {
    if (++runs > MOST_SHRINKING) return false;
    const again = runCase(candidate);
    if (again === undefined || kindOf(again) !== kindOf(broken)) return false;
    smallest = candidate;
    return true;
  };
  const without = (i: number): Case => ({ ...smallest, edits: smallest.edits.filter((_, j) => j !== i) });
  for (let i = 0; i < smallest.edits.length; ) if (!fails(without(i))) i++;
  for (const [i, edit] of smallest.edits.entries()) {
    for (const [j] of edit.numbers.entries()) {
      for (const value of [0, 1, 2, 3, 5, 8, 13, 40, 100, 255]) {
        const current = smallest.edits[i];
        if (current === undefined || value >= (current.numbers[j] ?? 0)) break;
        const numbers = current.numbers.map((number, k) => (k === j ? value : number));
        if (fails({ ...smallest, edits: smallest.edits.map((e, k) => (k === i ? { ...e, numbers } : e)) }))
          break;
      }
    }
  }
  return smallest;
}
