/**
 * The two codes of ITU-T G.711, eight bits for a sample. PCMU and PCMA are their names in RTP (RFC 3551).
 *
 * A code is a sign, three bits of segment and four of the place within it; each segment is twice as wide as the
 * one below. Samples here have 16 bits, G.711's have 14 (µ-law) and 13 (A-law): those are the high ones.
 */

/** G.711 lets µ-law's segments begin at powers of two by adding this, on its scale of 14 bits. */
const BIAS = 33;
const MOST_BIASED = 0x1fff;

/** What each µ-law code means. */
export const PCMU_VALUES: Int16Array = Int16Array.from({ length: 256 }, (_, code) => {
  const bits = ~code;
  const magnitude = ((((bits & 0x0f) << 1) + BIAS) << segmentOf(bits)) - BIAS;
  return signed(magnitude << 2, (bits & 0x80) !== 0);
});

/** What each A-law code means. */
export const PCMA_VALUES: Int16Array = Int16Array.from({ length: 256 }, (_, code) => {
  const bits = code ^ 0x55;
  const segment = segmentOf(bits);
  const step = ((bits & 0x0f) << 1) + 1;
  const magnitude = segment === 0 ? step : (step + 32) << (segment - 1);
  return signed(magnitude << 3, (bits & 0x80) === 0);
});

/** What is sent is PCMU; PCMA is understood only. */
export function encodePcmu(samples: Int16Array): Uint8Array {
  const codes = new Uint8Array(samples.length);
  samples.forEach((sample, i) => {
    const biased = Math.min((magnitudeOf(sample) >> 2) + BIAS, MOST_BIASED);
    const segment = 26 - Math.clz32(biased);
    codes[i] = ~((sample < 0 ? 0x80 : 0) | (segment << 4) | ((biased >> (segment + 1)) & 0x0f));
  });
  return codes;
}

export function decodePcmu(codes: Uint8Array): Int16Array {
  return decode(codes, PCMU_VALUES);
}

export function decodePcma(codes: Uint8Array): Int16Array {
  return decode(codes, PCMA_VALUES);
}

/** One's complement, as in ITU-T's own program (G.191): -32768 has a magnitude as well, and rounding is even-handed. */
function magnitudeOf(sample: number): number {
  return sample < 0 ? ~sample : sample;
}

function segmentOf(bits: number): number {
  return (bits >> 4) & 0x07;
}

function signed(magnitude: number, negative: boolean): number {
  return negative ? -magnitude : magnitude;
}

function decode(codes: Uint8Array, values: Int16Array): Int16Array {
  const samples = new Int16Array(codes.length);
  codes.forEach((code, i) => {
    samples[i] = values[code] ?? 0;
  });
  return samples;
}
