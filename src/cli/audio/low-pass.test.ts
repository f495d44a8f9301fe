import { describe, expect, it } from 'vitest';
import { LowPass } from './low-pass.ts';

describe('LowPass', () => {
  it('works out the weights of each phase once', () => {
    const lowPass = new LowPass(80, 441);
    for (const phase of [0, 1, 79]) expect(lowPass.weights(phase)).toBe(lowPass.weights(phase));
  });

  it.each([
    [2, 1],
    [80, 441],
    [1, 24],
    [8000, 7999],
  ])('passes on what does not change, to the same level, from %i to %i', (phases, step) => {
    const lowPass = new LowPass(phases, step);
    for (let phase = 0; phase < phases; phase += Math.ceil(phases / 10)) {
      const weights = lowPass.weights(phase);
      expect(weights).toHaveLength(2 * lowPass.reach);
      expect(weights.reduce((sum, weight) => sum + weight)).toBeCloseTo(1, 3);
    }
  });

  it('mirrors phases: as far from the sample before as from the one behind', () => {
    const lowPass = new LowPass(80, 441);
    const [early, late] = [lowPass.weights(20), lowPass.weights(60).toReversed()];
    expect(Math.max(...early.map((weight, i) => Math.abs(weight - (late[i] ?? 0))))).toBeLessThan(1e-6);
  });
});
