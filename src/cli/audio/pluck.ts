/** Gives numbers from -1 to 1; the same ones for the same seed. (Marsaglia's xorshift of 32 bits.) */
export function seededNoise(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2 ** 31;
  };
}

export interface Pluck {
  /** In hertz; at most a tenth of the sample rate. */
  readonly frequency: number;
  readonly sampleRate: number;
  /** How many samples are wanted. */
  readonly length: number;
  /** Seconds until the string is 60 dB quieter. */
  readonly decay: number;
  readonly noise: () => number;
}

/** Weight of the older of two neighbours in the loop's low-pass. Less than half makes a string sing longer. */
const DAMPING = 0.2;

/**
 * A plucked string, as Karplus and Strong found it ("Digital Synthesis of Plucked-String and Drum Timbres", 1983): one
 * period goes round a loop, in which a mean of two neighbours takes away the high partials first. After Jaffe and
 * Smith ("Extensions of the Karplus-Strong Plucked-String Algorithm", 1983) an all-pass filter makes the loop as
 * long as the pitch wants it, to fractions of a sample.
 */
export function pluck({ frequency, sampleRate, length, decay, noise }: Pluck): Float64Array {
  const period = sampleRate / frequency;
  // The mean is DAMPING samples late; the all-pass makes up the rest, from 0.1 to 1.1 samples.
  const loop = Math.floor(period - DAMPING - 0.1);
  const rest = period - DAMPING - loop;
  const allPass = (1 - rest) / (1 + rest);
  const gain = 10 ** (-3 / (decay * frequency));

  const string = excite(loop, noise);
  const sound = new Float64Array(length);
  let before = 0;
  let lastMean = 0;
  let lastOut = 0;
  for (let i = 0; i < length; i++) {
    const place = i % loop;
    const value = string[place] ?? 0;
    const mean = gain * (value + DAMPING * (before - value));
    const out = allPass * (mean - lastOut) + lastMean;
    before = value;
    lastMean = mean;
    lastOut = out;
    string[place] = out;
    sound[i] = value;
  }
  return sound;
}

/**
 * What goes round at first: how the string pulls at its bridge when it is let go a fifth of the way along, which has
 * every partial but each fifth, and the noise of the finger that does it.
 */
function excite(loop: number, noise: () => number): Float64Array {
  const finger = Math.max(1, Math.round(loop / 5));
  const hard = Float64Array.from({ length: loop }, (_, i) => (i < finger ? 1 : 0) + 0.3 * noise());
  const middle = hard.reduce((sum, value) => sum + value, 0) / loop;
  const at = (i: number): number => hard[(i + loop) % loop] ?? 0;
  return hard.map((_, i) => (at(i - 2) + 2 * at(i - 1) + 3 * at(i) + 2 * at(i + 1) + at(i + 2)) / 9 - middle);
}
