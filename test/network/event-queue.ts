interface Entry<T> {
  readonly at: number;
  readonly order: number;
  readonly value: T;
}

/** What is to happen, earliest first; what was put in for the same moment comes out in the order it went in. */
export class EventQueue<T> {
  /** A binary heap. */
  readonly #heap: Entry<T>[] = [];
  #count = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** When the next one is due; undefined when there is none. */
  get next(): number | undefined {
    return this.#heap[0]?.at;
  }

  push(at: number, value: T): void {
    const heap = this.#heap;
    const entry = { at, order: this.#count++, value };
    let place = heap.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, entry)) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = entry;
  }

  pop(): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first?.value;
    let place = 0;
    for (;;) {
      const [left, right] = [heap[2 * place + 1], heap[2 * place + 2]];
      if (left === undefined) break;
      const goesRight = right !== undefined && isBefore(right, left);
      const below = goesRight ? right : left;
      if (isBefore(last, below)) break;
      heap[place] = below;
      place = 2 * place + (goesRight ? 2 : 1);
    }
    heap[place] = last;
    return first.value;
  }
}

function isBefore(a: Entry<unknown>, b: Entry<unknown>): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
