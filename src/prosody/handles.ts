/**
 * What a program holds in place of a C pointer. It says what it is and nothing else: what it stands for is
 * kept here, out of reach of `util.inspect` and JSON, and is gone once freed.
 */
export interface Handle<Name extends string> {
  readonly handle: Name;
}

/** The objects behind one kind of handle. Any value may be asked for; only a live handle finds something. */
export class Handles<Name extends string, State extends object> {
  readonly #states = new WeakMap<object, State>();
  readonly #name: Name;

  constructor(name: Name) {
    this.#name = name;
  }

  create(state: State): Handle<Name> {
    const handle: Handle<Name> = Object.freeze({ handle: this.#name });
    this.adopt(handle, state);
    return handle;
  }

  adopt(handle: object, state: State): void {
    this.#states.set(handle, state);
  }

  /** Undefined for null, for what was freed, and for anything that is no handle of this kind. */
  find(handle: unknown): State | undefined {
    return typeof handle === 'object' && handle !== null ? this.#states.get(handle) : undefined;
  }

  /** The state, which from now on no handle leads to. */
  release(handle: unknown): State | undefined {
    const state = this.find(handle);
    if (state !== undefined) this.#states.delete(handle as object);
    return state;
  }

  /** For a message: why `find` had nothing. */
  complaint(handle: unknown): string {
    if (handle === null || handle === undefined) return `the ${this.#name} is NULL`;
    const isKind = typeof handle === 'object' && (handle as { handle?: unknown }).handle === this.#name;
    return isKind ? `the ${this.#name} was freed` : `that is no ${this.#name}`;
  }
}
