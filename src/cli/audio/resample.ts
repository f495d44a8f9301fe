import { checkInteger } from '../../errors/arguments.ts';
import { LowPass } from './low-pass.ts';

/** The rate of PCMU and PCMA (RFC 3551), in hertz. */
export const TELEPHONE_RATE = 8000;

/**
 * Band-limited interpolation: each new sample is the sum of the old ones around its instant, weighted by a low-pass
 * whose response is cut off at the lower of the two Nyquist frequencies.
 *
 * @param sampleRate of `samples`, in hertz: 4,000 to 192,000
 * @returns the same sound at 8,000 Hz
 */
export function resample(samples: Int16Array, sampleRate: number): Int16Array {
  checkInteger('sampleRate', sampleRate, 4000, 192_000);
  if (sampleRate === TELEPHONE_RATE) return samples.slice();
  const divisor = greatestCommonDivisor(sampleRate, TELEPHONE_RATE);
  const [phases, step] = [TELEPHONE_RATE / divisor, sampleRate / divisor];
  const lowPass = new LowPass(phases, step);
  const { reach } = lowPass;
  const result = new Int16Array(Math.ceil((samples.length * TELEPHONE_RATE) / sampleRate));
  // The instant is `phase / phases` behind sample `at`.
  let at = 0;
  let phase = 0;
  for (let i = 0; i < result.length; i++) {
    const sum = weightedSum(samples, at - reach + 1, lowPass.weights(phase));
    result[i] = Math.max(-32_768, Math.min(Math.round(sum), 32_767));
    phase += step;
    at += Math.floor(phase / phases);
    phase %= phases;
  }
  return result;
}

/** Of the samples from `start` on, which may lie outside the sound, where all is silent. */
function weightedSum(samples: Int16Array, start: number, weights: Float32Array): number {
  const end = Math.min(weights.length, samples.length - start);
  let sum = 0;
  for (let i = Math.max(0, -start); i < end; i++) sum += (samples[start + i] ?? 0) * (weights[i] ?? 0);
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
