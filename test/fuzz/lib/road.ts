import { concat } from '../../../src/bytes/bytes.ts';
import { Reader } from '../../../src/bytes/reader.ts';
import { ContentType } from '../../../src/registry/content-types.ts';
import {
  type HandshakeMessage,
  readHandshakeFragment,
  writeHandshakeFragment,
} from '../../../src/wire/handshake.ts';
import { type DtlsRecord, readRecord } from '../../../src/wire/record.ts';
import { writeRecord } from '../../lib/records.ts';
import type { Edit } from './edit.ts';
import { datagram as datagramGrammar, messages, nothing } from './grammars.ts';
import { MUTATION_NAMES, MUTATIONS, mutate } from './mutate.ts';
import { noise } from './random.ts';

/** A datagram on its way. */
export interface Delivery {
  readonly bytes: Uint8Array;
  /** To whom it came from. */
  readonly back?: boolean;
  /** After how many other datagrams it arrives. */
  readonly late?: number;
}

/** What the holder of the sender's keys can do. */
export interface Seal {
  open(record: DtlsRecord): Uint8Array | undefined;
  seal(type: number, sequenceNumber: number, plaintext: Uint8Array): Uint8Array;
}

/** What a man in the middle has at hand. */
export interface Bag {
  /** Datagrams of other handshakes. */
  readonly corpus: readonly Uint8Array[];
  /** What went this way before, or the other. */
  readonly history: readonly Uint8Array[];
  /** The sender's keys, once it has them. */
  readonly seal: Seal | undefined;
}

type Operation = (
  bytes: Uint8Array,
  numbers: readonly [number, number, number],
  bag: Bag,
) => readonly Delivery[];

/** What UDP carries at most. */
const MAX_DATAGRAM = 65_507;

const pick = <T>(list: readonly T[], number: number): T | undefined =>
  list[number % Math.max(1, list.length)];
const one = (bytes: Uint8Array): readonly Delivery[] => [{ bytes }];

/** As far as there are any. */
function recordsOf(bytes: Uint8Array): DtlsRecord[] {
  const reader = new Reader(bytes);
  const records: DtlsRecord[] = [];
  for (let record = readRecord(reader); record !== undefined; record = readRecord(reader))
    records.push(record);
  return records;
}

function together(records: readonly DtlsRecord[]): Uint8Array {
  return concat(...records.map(writeRecord));
}

/** The same message in other pieces. */
function cutAnew(record: DtlsRecord, size: number, overlap: number): DtlsRecord[] {
  const fragment = readHandshakeFragment(new Reader(record.fragment));
  if (record.type !== ContentType.handshake || record.epoch !== 0 || fragment === undefined) return [record];
  // The writer takes the length of a message from its body; of a piece, the rest is not known.
  const body = new Uint8Array(fragment.length);
  body.set(fragment.fragment, fragment.fragmentOffset);
  const message: HandshakeMessage = { type: fragment.type, messageSeq: fragment.messageSeq, body };
  const pieces: DtlsRecord[] = [];
  const end = fragment.fragmentOffset + fragment.fragment.length;
  for (let at = fragment.fragmentOffset; at < end && pieces.length < 200; at += size) {
    const length = Math.min(size + overlap, end - at);
    const bytes = new Uint8Array(writeHandshakeFragment(message, at, length));
    pieces.push({ ...record, sequenceNumber: record.sequenceNumber + pieces.length, fragment: bytes });
  }
  return pieces.length === 0 ? [record] : pieces;
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  drop: () => [],
  double: (bytes, [a]) => new Array<Delivery>(2 + (a % 3)).fill({ bytes }),
  /** So many times that whatever grows with it would be seen. */
  crowd: (bytes, [a]) =>
    Array.from({ length: 10 + (a % 60) }, (_, i) => ({
      bytes: together(
        recordsOf(bytes).map((record) => ({ ...record, sequenceNumber: record.sequenceNumber + i })),
      ),
    })),
  late: (bytes, [a]) => [{ bytes, late: 1 + (a % 5) }],
  reflect: (bytes, [a]) => (a % 2 === 0 ? [{ bytes, back: true }] : [{ bytes }, { bytes, back: true }]),
  replay(bytes, [a, b], { history }) {
    const old = pick(history, a);
    return old === undefined
      ? one(bytes)
      : b % 2 === 0
        ? [{ bytes: old }, { bytes }]
        : [{ bytes }, { bytes: old }];
  },
  /** A datagram of another handshake before it, behind it, in its place, or within it. */
  splice(bytes, [a, b], { corpus }) {
    const other = pick(corpus, a);
    if (other === undefined) return one(bytes);
    const ways: readonly (readonly Delivery[])[] = [
      [{ bytes: other }, { bytes }],
      [{ bytes }, { bytes: other }],
      one(other),
      one(concat(other, bytes)),
      one(concat(bytes, other)),
    ];
    return pick(ways, b) ?? one(bytes);
  },
  /** One record of another handshake in the midst of this one's. */
  graft(bytes, [a, b, c], { corpus }) {
    const records = recordsOf(bytes);
    const other = pick(recordsOf(pick(corpus, a) ?? bytes), b);
    if (other === undefined) return one(bytes);
    const at = c % (records.length + 1);
    return one(together([...records.slice(0, at), other, ...records.slice(at)]));
  },
  /** Each record in a datagram of its own. */
  split(bytes, [a]) {
    const parts = recordsOf(bytes).map((record) => ({ bytes: writeRecord(record) }));
    return a % 2 === 0 ? parts : parts.reverse();
  },
  /** Messages in smaller pieces: in order, backwards, overlapping, or with some missing. */
  refragment(bytes, [a, b, c]) {
    const pieces = recordsOf(bytes).flatMap((record) =>
      cutAnew(record, 1 + (a % 90), b % 4 === 2 ? c % 50 : 0),
    );
    if (b % 4 === 1) pieces.reverse();
    if (b % 4 === 3) pieces.splice(c % pieces.length, 1 + (c % 3));
    return c % 2 === 0 ? one(together(pieces)) : pieces.map((piece) => ({ bytes: writeRecord(piece) }));
  },
  /** Other record numbers, or another epoch. */
  renumber: (bytes, [a, b]) =>
    one(
      together(
        recordsOf(bytes).map((record) => ({
          ...record,
          sequenceNumber: (record.sequenceNumber + a) % 2 ** 48,
          epoch: b % 4 === 3 ? (record.epoch + 1 + (b % 3)) % 65_536 : record.epoch,
        })),
      ),
    ),
  /** Something that anyone can make, of any type and epoch. */
  forge(bytes, [a, b, c]) {
    const type = [21, 22, 23, 20, 21, 24][a % 6] ?? 21;
    const epoch = [0, 0, 1, 2][b % 4] ?? 0;
    const fragment = type === ContentType.alert ? Uint8Array.of(b % 3, c % 121) : noise(c % 90, b);
    const record = writeRecord({ type, version: 0xfefd, epoch, sequenceNumber: c % 2 ** 32, fragment });
    return c % 2 === 0 ? [{ bytes: record }, { bytes }] : one(concat(bytes, record));
  },
  /** What is in a sealed record changed, and sealed again with the sender's own keys. */
  reseal(bytes, [a, b, c], { seal }) {
    const records = recordsOf(bytes);
    const index = records.findIndex(({ epoch }) => epoch > 0);
    const record = records[index];
    const plaintext = record && seal?.open(record);
    const name = pick(MUTATION_NAMES, a);
    if (record === undefined || plaintext === undefined || name === undefined) return one(bytes);
    const grammar = record.type === ContentType.handshake ? messages : nothing;
    const changed = mutate(plaintext, grammar, name, [b, c, (b ^ c) >>> 0]).subarray(0, 16_384);
    const type = c % 9 === 8 ? 20 + (b % 5) : record.type;
    const sealed = seal?.seal(type, record.sequenceNumber, changed) ?? bytes;
    return one(concat(...records.map((other, i) => (i === index ? sealed : writeRecord(other)))));
  },
  /** One more record under the sender's keys, of any content. */
  sealed(bytes, [a, b, c], { seal, corpus }) {
    if (seal === undefined) return one(bytes);
    const messagesOfOthers = corpus
      .flatMap(recordsOf)
      .filter(({ epoch, type }) => epoch === 0 && type === 22);
    const contents: readonly Uint8Array[] = [
      Uint8Array.of(1 + (b % 2), c % 121),
      noise(c % 200, b),
      pick(messagesOfOthers, b)?.fragment ?? bytes,
      new Uint8Array(0),
      Uint8Array.of(0, 0, 0, 0, 0, c % 9, 0, 0, 0, 0, 0, 0),
      Uint8Array.of(1),
    ];
    const plaintext = pick(contents, c) ?? bytes;
    const record = seal.seal(20 + (a % 5), 100 + (b % 1000), plaintext.subarray(0, 16_384));
    return a % 2 === 0 ? [{ bytes }, { bytes: record }] : one(concat(bytes, record));
  },
};

/** Operations on whole datagrams, and on the bytes of one. */
export const DATAGRAM_OPERATIONS: readonly string[] = [
  ...Object.keys(OPERATIONS),
  ...MUTATION_NAMES,
  // What reaches far into a handshake, and what anyone may try on a live one, more often.
  ...['forge', 'forge', 'field', 'vector', 'reseal', 'sealed'],
];

/** What arrives in place of a datagram when these edits are made to it, one after another. */
export function travel(bytes: Uint8Array, edits: readonly Edit[], bag: Bag): readonly Delivery[] {
  let deliveries: readonly Delivery[] = [{ bytes }];
  for (const { operation, numbers } of edits) {
    const [first, ...rest] = deliveries;
    if (first === undefined) break;
    const [a = 0, b = 0, c = 0] = numbers;
    if (Object.hasOwn(MUTATIONS, operation)) {
      deliveries = [{ ...first, bytes: mutate(first.bytes, datagramGrammar, operation, numbers) }, ...rest];
    } else {
      deliveries = [...(OPERATIONS[operation]?.(first.bytes, [a, b, c], bag) ?? [first]), ...rest];
    }
  }
  return deliveries.map((delivery) => ({ ...delivery, bytes: delivery.bytes.subarray(0, MAX_DATAGRAM) }));
}
