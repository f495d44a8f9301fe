/** Time, so that tests can be it. */
export interface Clock {
  /** Milliseconds on a steady clock. */
  now(): number;
  /** Milliseconds since 1970. */
  wallClock(): number;
  /** Calls `callback` at or after `time`, unless the function that it gives is called before. */
  at(time: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wallClock: () => Date.now(),
  at: (time, callback) => {
    const timer = setTimeout(callback, Math.max(0, Math.ceil(time - performance.now())));
    return () => clearTimeout(timer);
  },
};
