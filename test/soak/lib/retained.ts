import type { HeapGraph } from './heap-graph.ts';

/** What an object alone keeps alive, by the properties through which it has it, in bytes. */
export type Retained = Map<string, number>;

const METADATA = new Set(['map', '__proto__', 'properties', 'elements']);

/** `depth`: how many properties a path has at most. The object itself is under the empty name. */
export function retainedBy(graph: HeapGraph, object: number, depth: number): Retained {
  const others = graph.reachableWithout(object);
  const bytes: Retained = new Map([['', graph.size(object)]]);
  const seen = new Set([object]);
  let level: { readonly node: number; readonly path: readonly string[] }[] = [{ node: object, path: [] }];
  while (level.length > 0) {
    const next: typeof level = [];
    for (const { node, path } of level) {
      graph.forEachReference(node, (to, name) => {
        if (seen.has(to) || others[to] === 1) return;
        seen.add(to);
        const longer = path.length < depth && !METADATA.has(name) ? [...path, name] : path;
        const key = longer.join('.');
        bytes.set(key, (bytes.get(key) ?? 0) + graph.size(to));
        next.push({ node: to, path: longer });
      });
    }
    level = next;
  }
  return bytes;
}
