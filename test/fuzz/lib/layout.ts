/** What a number in a packet says, for changing it to something worth trying. */
export type FieldKind =
  | 'contentType'
  | 'version'
  | 'epoch'
  | 'sequence'
  | 'messageType'
  | 'messageSeq'
  | 'offset'
  | 'extensionType'
  | 'length'
  | 'number';

export interface Field {
  readonly at: number;
  readonly size: number;
  readonly kind: FieldKind;
}

/** A run of bytes, and the fields that say how long it is. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly lengths: readonly Field[];
}

/** Where things are in a packet, as far as it follows its syntax. */
export interface Layout {
  readonly fields: readonly Field[];
  /** What a length stands before. */
  readonly vectors: readonly Span[];
  /** What is one of several: records, messages, extensions, certificates. They may be left out, repeated, swapped. */
  readonly elements: readonly (readonly Span[])[];
}

/** A cursor that notes what it passes. It stops, for good, where the bytes end. */
export class Walker {
  readonly bytes: Uint8Array;
  readonly fields: Field[] = [];
  readonly vectors: Span[] = [];
  readonly elements: Span[][] = [];
  at = 0;
  #end: number;
  #stopped = false;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#end = bytes.length;
  }

  get remaining(): number {
    return this.#stopped ? 0 : this.#end - this.at;
  }

  /** The next number, which is a field. */
  number(size: number, kind: FieldKind = 'number'): number {
    if (this.remaining < size) {
      this.#stopped = true;
      return 0;
    }
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + (this.bytes[this.at + i] ?? 0);
    this.fields.push({ at: this.at, size, kind });
    this.at += size;
    return value;
  }

  skip(length: number): void {
    if (length > this.remaining) this.#stopped = true;
    else this.at += length;
  }

  /** `length` bytes from here on, which the fields named tell the length of. */
  content(length: number, lengths: readonly Field[], inner?: (walker: Walker) => void): void {
    if (this.#stopped) return;
    const end = Math.min(this.at + length, this.#end);
    this.vectors.push({ start: this.at, end, lengths });
    const outerEnd = this.#end;
    this.#end = end;
    inner?.(this);
    this.at = end;
    this.#end = outerEnd;
    this.#stopped = false;
  }

  /** A vector behind its length. */
  vector(size: number, inner?: (walker: Walker) => void): void {
    const length = this.number(size, 'length');
    const field = this.lastField;
    if (!this.#stopped && field !== undefined) this.content(length, [field], inner);
  }

  /** One after another, as long as there is anything. */
  list(inner: (walker: Walker) => void): void {
    const elements: Span[] = [];
    while (this.remaining > 0) {
      const start = this.at;
      inner(this);
      if (this.at === start) break;
      elements.push({ start, end: this.at, lengths: [] });
    }
    if (elements.length > 0) this.elements.push(elements);
  }

  get lastField(): Field | undefined {
    return this.fields.at(-1);
  }
}

/** How to walk over one kind of bytes. */
export type Grammar = (walker: Walker) => void;

/** Where things are in `bytes`. */
export function layoutOf(bytes: Uint8Array, grammar: Grammar): Layout {
  const walker = new Walker(bytes);
  grammar(walker);
  return walker;
}
