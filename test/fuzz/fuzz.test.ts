import { describe, expect, it } from 'vitest';
import { formatCase, parseCase } from './lib/edit.ts';
import { casesOf, runCase } from './lib/engine.ts';
import { readLines } from './lib/files.ts';
import { datagram as grammar } from './lib/grammars.ts';
import { layoutOf } from './lib/layout.ts';
import { Random } from './lib/random.ts';
import { allDatagrams, recordings } from './lib/recordings.ts';
import type { Target } from './lib/target.ts';
import { TARGETS } from './lib/targets.ts';
import { play } from './targets/replay.ts';

/** Cases from nothing, for each target; `npm run fuzz` makes as many as one likes. */
const FRESH_CASES: Readonly<Record<string, number>> = { server: 4, gate: 20, parsers: 200 };
const FRESH_CASES_OF_OTHERS = 30;
const SEED = 20_260_401;

const known = readLines('cases.jsonl').map(parseCase);

/** What is broken, with the command that shows it; nothing when every promise is kept. */
function brokenIn(cases: readonly ReturnType<typeof parseCase>[]): string[] {
  return cases.flatMap((each) => {
    const broken = runCase(each);
    return broken === undefined
      ? []
      : [`npm run fuzz -- --replay '${formatCase(each)}'\n${broken.stack ?? broken.message}`];
  });
}

describe('recordings', () => {
  it('play again to the end; if hellos have changed: node scripts/run-program.mjs test/fuzz/record.ts', () => {
    const ends = recordings().map(({ name, exported }) => {
      const { connected } = play({ target: 'replay', setup: name, edits: [] });
      return [name, connected, exported !== undefined];
    });
    expect(ends.filter(([, connected, recorded]) => connected !== recorded)).toEqual([]);
    expect(ends.length).toBeGreaterThan(20);
  });

  it('have structure for edits to go by', () => {
    const ours = recordings().flatMap(({ inbound }) => inbound);
    for (const datagram of ours) {
      const { fields, elements } = layoutOf(datagram, grammar);
      expect(Math.min(fields.length, elements.length)).toBeGreaterThan(0);
    }
    expect(allDatagrams().length).toBeGreaterThan(150);
  });
});

describe.each(TARGETS.map((target): [string, Target] => [target.name, target]))('%s', (name, target) => {
  it('keeps its promises when nothing is edited', () => {
    expect(brokenIn(target.setups.map((setup) => ({ target: name, setup, edits: [] })))).toEqual([]);
  });

  it('keeps them in every case of the corpus (S27)', () => {
    const cases = known.filter((each) => each.target === name);
    expect(cases.length).toBeGreaterThan(0);
    expect(brokenIn(cases)).toEqual([]);
  });

  it(`keeps them in cases made from seed ${SEED} (S27)`, () => {
    const cases: ReturnType<typeof parseCase>[] = [];
    for (const each of casesOf(new Random(SEED), [target], () =>
      known.filter((one) => one.target === name),
    )) {
      if (cases.push(each) === (FRESH_CASES[name] ?? FRESH_CASES_OF_OTHERS)) break;
    }
    expect(brokenIn(cases)).toEqual([]);
  });
});
