import { text } from 'node:stream/consumers';
import { getHeapSnapshot } from 'node:v8';

/** What is read of a heap snapshot, which is in V8's own format: numbers in rows, and names in a list beside them. */
interface Snapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[];
      readonly edge_fields: readonly string[];
      readonly edge_types: readonly [readonly string[], ...unknown[]];
    };
  };
  readonly nodes: readonly number[];
  readonly edges: readonly number[];
  readonly strings: readonly string[];
}

/** The objects of the heap, numbered from 0, which is the root, and what refers to what. */
export class HeapGraph {
  readonly #data: Snapshot;
  readonly #fields: Readonly<Record<'name' | 'size' | 'edges' | 'width', number>>;
  readonly #weak: number;
  readonly #named: ReadonlySet<number>;
  /** Where the references of each object begin. */
  readonly #firstEdge: Uint32Array;

  private constructor(data: Snapshot) {
    const { node_fields, edge_fields, edge_types } = data.snapshot.meta;
    if (edge_fields.join() !== 'type,name_or_index,to_node')
      throw new Error('a heap snapshot in another format');
    this.#data = data;
    this.#fields = {
      name: node_fields.indexOf('name'),
      size: node_fields.indexOf('self_size'),
      edges: node_fields.indexOf('edge_count'),
      width: node_fields.length,
    };
    this.#weak = edge_types[0].indexOf('weak');
    this.#named = new Set(
      ['context', 'property', 'internal', 'shortcut'].map((type) => edge_types[0].indexOf(type)),
    );
    this.#firstEdge = new Uint32Array(this.length + 1);
    for (let node = 0; node < this.length; node++)
      this.#firstEdge[node + 1] = (this.#firstEdge[node] ?? 0) + this.#field(node, 'edges');
  }

  static async ofThisProcess(): Promise<HeapGraph> {
    return new HeapGraph(JSON.parse(await text(getHeapSnapshot())));
  }

  get length(): number {
    return this.#data.nodes.length / this.#fields.width;
  }

  /** The class of an object, or what else V8 calls it. */
  name(node: number): string {
    return this.#data.strings[this.#field(node, 'name')] ?? '';
  }

  /** Bytes, without what it refers to. */
  size(node: number): number {
    return this.#field(node, 'size');
  }

  /** All objects that have references of these names. */
  withReferences(...names: readonly string[]): number[] {
    const nodes: number[] = [];
    for (let node = 0; node < this.length; node++) {
      const had = new Set<string>();
      this.forEachReference(node, (_, name) => void had.add(name));
      if (names.every((name) => had.has(name))) nodes.push(node);
    }
    return nodes;
  }

  /** Where the references of these names lead, one after the other. */
  follow(node: number, ...names: readonly string[]): number | undefined {
    let at: number | undefined = node;
    for (const wanted of names) {
      let next: number | undefined;
      if (at !== undefined)
        this.forEachReference(at, (to, name) => {
          if (name === wanted) next = to;
        });
      at = next;
    }
    return at;
  }

  /** Calls with everything that the object keeps alive, and the name by which it has it. */
  forEachReference(node: number, visit: (to: number, name: string) => void): void {
    const { edges, strings } = this.#data;
    const end = this.#firstEdge[node + 1] ?? 0;
    for (let edge = this.#firstEdge[node] ?? 0; edge < end; edge++) {
      const type = edges[3 * edge] ?? 0;
      if (type === this.#weak) continue;
      const name = edges[3 * edge + 1] ?? 0;
      visit(
        (edges[3 * edge + 2] ?? 0) / this.#fields.width,
        this.#named.has(type) ? (strings[name] ?? '') : `${name}`,
      );
    }
  }

  /** Marks everything that would still be there without `absent`. */
  reachableWithout(absent: number): Uint8Array {
    const reached = new Uint8Array(this.length);
    const queue = [0];
    reached[0] = 1;
    for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
      this.forEachReference(node, (to) => {
        if (to === absent || reached[to] === 1) return;
        reached[to] = 1;
        queue.push(to);
      });
    }
    return reached;
  }

  #field(node: number, field: 'name' | 'size' | 'edges'): number {
    return this.#data.nodes[node * this.#fields.width + this.#fields[field]] ?? 0;
  }
}
