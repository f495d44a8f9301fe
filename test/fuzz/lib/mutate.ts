import { concat } from '../../../src/bytes/bytes.ts';
import { type Field, type FieldKind, type Grammar, type Layout, layoutOf, type Span } from './layout.ts';
import { noise } from './random.ts';

/** What an operation gets: the bytes, where things are in them, and numbers to choose by. */
interface Subject {
  readonly bytes: Uint8Array;
  readonly layout: Layout;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** Values that parsers have got wrong before, by what the field says. */
const WORTH_TRYING: Readonly<Record<FieldKind, readonly number[]>> = {
  contentType: [20, 21, 22, 23, 24, 25, 0, 255, 0x2c, 200, 203],
  version: [0xfeff, 0xfefd, 0xfefc, 0xfe00, 0x0303, 0x0100, 0, 0xffff],
  epoch: [0, 1, 2, 0xffff],
  sequence: [0, 1, 2, 63, 64, 65, 1000, 2 ** 48 - 1, 2 ** 47, 2 ** 32, 65_535],
  messageType: [0, 1, 2, 3, 4, 11, 12, 13, 14, 15, 16, 20, 22, 24, 254],
  messageSeq: [0, 1, 2, 3, 4, 5, 6, 7, 8, 0xffff],
  offset: [0, 1, 255, 256, 0xffff, 0xfffffe, 0xffffff],
  extensionType: [0, 5, 10, 11, 13, 14, 16, 22, 23, 35, 41, 43, 44, 51, 54, 0x1a1a, 0xff01],
  length: [0, 1, 2, 127, 128, 255, 256, 16_384, 16_385, 65_535, 65_536, 65_537, 0xffffff],
  number: [0, 1, 2, 3, 23, 24, 29, 64, 255, 0x0403, 0x0804, 0x0807, 0xc02b, 0xc02f, 0xcca9, 0xffff],
};

function place(list: { readonly length: number }, number: number): number {
  return list.length === 0 ? 0 : number % list.length;
}

function replaced(bytes: Uint8Array, start: number, end: number, content: Uint8Array): Uint8Array {
  return concat(bytes.subarray(0, start), content, bytes.subarray(end));
}

function numberAt(bytes: Uint8Array, { at, size }: Field): number {
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

function putNumber(bytes: Uint8Array, { at, size }: Field, value: number): void {
  let rest = Math.max(0, value) % 2 ** (8 * size);
  for (let i = size - 1; i >= 0; i--) {
    bytes[at + i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

/** Other content where `span` is, and lengths around it that are right again. */
function refilled({ bytes, layout }: Subject, span: Span, content: Uint8Array): Uint8Array {
  const grown = content.length - (span.end - span.start);
  const whole = new Uint8Array(replaced(bytes, span.start, span.end, content));
  for (const outer of layout.vectors) {
    if (outer.start > span.start || outer.end < span.end) continue;
    for (const field of outer.lengths) putNumber(whole, field, numberAt(bytes, field) + grown);
  }
  return whole;
}

/** What becomes of the content of a vector. */
const CONTENTS: readonly ((content: Uint8Array, c: number) => Uint8Array)[] = [
  () => new Uint8Array(0),
  (content, c) => content.subarray(0, place(content, c)),
  (content, c) => content.subarray(place(content, c)),
  (content, c) => concat(content, noise(1 + (c % 40), c)),
  (content) => concat(content, content),
  (content, c) => noise(content.length, c),
  (content) => new Uint8Array(content.length),
  (content) => new Uint8Array(content.length).fill(0xff),
  (content, c) => concat(content, new Uint8Array(c % 300)),
  (content, c) => concat(noise(1 + (c % 3), c), content),
  (_, c) => noise(c % 70, c),
  (content) => new Uint8Array(content).reverse(),
];

/** New values of a field by its old one. */
const VALUES: readonly ((value: number, kind: FieldKind, c: number) => number)[] = [
  (_, kind, c) => WORTH_TRYING[kind][place(WORTH_TRYING[kind], c)] ?? 0,
  (_, kind, c) => WORTH_TRYING[kind][place(WORTH_TRYING[kind], c)] ?? 0,
  (value, _, c) => value + 1 + (c % 16),
  (value, _, c) => value - 1 - (c % 16),
  (_, __, c) => c,
  () => 0,
  () => 2 ** 48 - 1,
];

function elementOf({
  layout,
  a,
}: Subject): { readonly list: readonly Span[]; readonly span: Span } | undefined {
  const list = layout.elements[place(layout.elements, a)];
  const span = list?.[place(list, Math.floor(a / 7))];
  return list === undefined || span === undefined ? undefined : { list, span };
}

const BYTES = ({ bytes }: Subject): Uint8Array => new Uint8Array(bytes);

/** Changes of bytes, whatever they are part of. */
export const MUTATIONS: Readonly<Record<string, (subject: Subject) => Uint8Array>> = {
  /** One bit. */
  flip(subject) {
    const changed = BYTES(subject);
    const at = place(changed, subject.a);
    changed[at] = (changed[at] ?? 0) ^ (1 << (subject.b & 7));
    return changed;
  },
  /** One byte. */
  set(subject) {
    const changed = BYTES(subject);
    if (changed.length > 0) changed[place(changed, subject.a)] = subject.b;
    return changed;
  },
  insert: ({ bytes, a, b, c }) => replaced(bytes, place(bytes, a), place(bytes, a), noise(1 + (b % 20), c)),
  erase({ bytes, a, b }) {
    const start = place(bytes, a);
    return replaced(bytes, start, Math.min(bytes.length, start + 1 + (b % 20)), new Uint8Array(0));
  },
  overwrite({ bytes, a, b, c }) {
    const start = place(bytes, a);
    const end = Math.min(bytes.length, start + 1 + (b % 40));
    return replaced(bytes, start, end, noise(end - start, c));
  },
  /** The beginning alone. */
  cut: ({ bytes, a }) => bytes.subarray(0, place(bytes, a)),
  /** The beginning up to where some field or vector begins or ends. */
  cutAtBoundary({ bytes, layout, a, b }) {
    const field = layout.fields[place(layout.fields, a)];
    const vector = layout.vectors[place(layout.vectors, a)];
    const ends = [
      field?.at,
      field && field.at + field.size,
      vector?.start,
      vector?.end,
      vector && vector.end - 1,
    ];
    return bytes.subarray(0, ends[place(ends, b)] ?? bytes.length);
  },
  append: ({ bytes, a, b }) => concat(bytes, noise(1 + (a % 60), b)),
  /** A number to another, with nothing else changed. */
  field(subject) {
    const changed = BYTES(subject);
    const field = subject.layout.fields[place(subject.layout.fields, subject.a)];
    const rule = VALUES[place(VALUES, subject.b)];
    if (field === undefined || rule === undefined) return changed;
    putNumber(changed, field, rule(numberAt(changed, field), field.kind, subject.c));
    return changed;
  },
  /** The content of a vector to another, with the lengths around it right. */
  vector(subject) {
    const { bytes, layout, a, b, c } = subject;
    const span = layout.vectors[place(layout.vectors, a)];
    const rule = CONTENTS[place(CONTENTS, b)];
    if (span === undefined || rule === undefined) return bytes;
    return refilled(subject, span, rule(bytes.subarray(span.start, span.end), c));
  },
  /** One of several left out. */
  omit(subject) {
    const found = elementOf(subject);
    return found === undefined ? subject.bytes : refilled(subject, found.span, new Uint8Array(0));
  },
  /** One of several twice. */
  repeat(subject) {
    const found = elementOf(subject);
    if (found === undefined) return subject.bytes;
    const element = subject.bytes.subarray(found.span.start, found.span.end);
    const times = subject.b % 8 === 7 ? 40 : 1 + (subject.b % 2);
    return refilled(subject, found.span, concat(element, ...new Array<Uint8Array>(times).fill(element)));
  },
  /** Two of several the other way round. */
  swap(subject) {
    const found = elementOf(subject);
    const other = found?.list[place(found.list, subject.b)];
    if (found === undefined || other === undefined || other === found.span) return subject.bytes;
    const [first, second] = other.start < found.span.start ? [other, found.span] : [found.span, other];
    const { bytes } = subject;
    return concat(
      bytes.subarray(0, first.start),
      bytes.subarray(second.start, second.end),
      bytes.subarray(first.end, second.start),
      bytes.subarray(first.start, first.end),
      bytes.subarray(second.end),
    );
  },
};

export const MUTATION_NAMES: readonly string[] = Object.keys(MUTATIONS);

/** The bytes changed by a mutation of this name; as they are when there is none. */
export function mutate(
  bytes: Uint8Array,
  grammar: Grammar,
  name: string,
  [a = 0, b = 0, c = 0]: readonly number[],
): Uint8Array {
  const mutation = MUTATIONS[name];
  if (mutation === undefined) return bytes;
  return new Uint8Array(mutation({ bytes, layout: layoutOf(bytes, grammar), a, b, c }));
}
