/**
 * The low-pass of band-limited interpolation: a sinc under a Kaiser window. With the figures below it takes away 80 dB
 * from 3,970 Hz on where the lower of the two rates is 8,000 Hz, and leaves what telephones carry (300 to 3,400 Hz).
 */
const ZERO_CROSSINGS = 48;
const KAISER_BETA = 8;
const ROLL_OFF = 0.94;

/** One wing of the low-pass, finely enough sampled that a straight line between two entries does. */
const STEPS = 512;
let tabulated: Float64Array | undefined;

/**
 * The weights of the samples around an instant. Where new ones and old ones are as `phases` to `step`, in lowest terms,
 * an instant lies between two old ones in one of `phases` ways: the weights of each are worked out once.
 */
export class LowPass {
  readonly #phases: number;
  readonly #scale: number;
  readonly #wing: Float64Array;
  /** Single precision does: it rounds 140 dB below the weights. */
  readonly #rows: (Float32Array | undefined)[];

  constructor(phases: number, step: number) {
    tabulated ??= tabulateWing();
    this.#wing = tabulated;
    this.#phases = phases;
    this.#scale = ROLL_OFF * Math.min(1, phases / step);
    this.#rows = new Array<undefined>(phases).fill(undefined);
  }

  /** How many samples before an instant have a weight, the nearest one included; as many have one behind it. */
  get reach(): number {
    return Math.floor(ZERO_CROSSINGS / this.#scale) + 1;
  }

  /** The weights, in the order of the samples, for an instant `phase` / `phases` behind a sample. */
  weights(phase: number): Float32Array {
    const known = this.#rows[phase];
    if (known !== undefined) return known;
    const { reach } = this;
    const row = Float32Array.from({ length: 2 * reach }, (_, i) => {
      const distance = Math.abs(i - (reach - 1) - phase / this.#phases);
      return this.#scale * this.#weightAt(distance * this.#scale);
    });
    this.#rows[phase] = row;
    return row;
  }

  /** `distance` counts zero crossings. */
  #weightAt(distance: number): number {
    const place = distance * STEPS;
    const index = Math.floor(place);
    const before = this.#wing[index] ?? 0;
    return before + ((this.#wing[index + 1] ?? 0) - before) * (place - index);
  }
}

function tabulateWing(): Float64Array {
  const whole = besselI0(KAISER_BETA);
  return Float64Array.from({ length: ZERO_CROSSINGS * STEPS + 1 }, (_, i) => {
    const distance = i / STEPS;
    const window = besselI0(KAISER_BETA * Math.sqrt(1 - (distance / ZERO_CROSSINGS) ** 2)) / whole;
    return window * sinc(distance);
  });
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** The modified Bessel function of the first kind and order zero, by its power series. */
function besselI0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
