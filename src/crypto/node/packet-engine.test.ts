import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  anyPackets,
  bytesOf,
  lengths,
  makeTransform,
  nameOfKind,
  type Packet,
  pass,
  sessionKeysOf,
  TRANSFORM_KINDS,
  type TransformKind,
  thatFit,
} from '../../../test/kernel-support.ts';
import { toHex } from '../../bytes/bytes.ts';
import { loadKernel } from '../packets/kernel.ts';
import { kernelEngine } from '../packets/kernel-engine.ts';
import type { PacketTransform } from '../packets/packet-transform.ts';
import { blockCipher } from './block-cipher.ts';
import { openSslEngine } from './openssl-engine.ts';
import { packetEngine } from './packet-engine.ts';

const kernel = loadKernel();
if (kernel === undefined) throw new Error('these tests need WebAssembly');
const ours = kernelEngine(kernel, blockCipher);
// OpenSSL's own AES-CTR, HMAC and GCM.
const witness = openSslEngine();

/** The same transform in both engines. */
interface Both {
  readonly kind: TransformKind;
  readonly ours: PacketTransform;
  readonly witness: PacketTransform;
}

function makeBoth(kind: TransformKind, seed: number): Both {
  return { kind, ours: makeTransform(ours, kind, seed), witness: makeTransform(witness, kind, seed) };
}

/** A change to a packet: one bit of its bytes or tag, or of a number that goes with it. */
type Tampering =
  | { readonly what: 'none' }
  | { readonly what: 'bit'; readonly place: number; readonly bit: number }
  | { readonly what: 'suffix' | 'ssrc' | 'indexHigh' | 'indexLow'; readonly bit: number };

const anyTampering: fc.Arbitrary<Tampering> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Tampering>({ what: 'none' }) },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant<'bit'>('bit'),
      // Counted from the end where negative, so that tags and ends are met often.
      place: fc.oneof(fc.integer({ min: -24, max: -1 }), fc.nat(100), fc.nat(2000)),
      bit: fc.nat(7),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constantFrom('suffix', 'ssrc', 'indexHigh', 'indexLow'),
      bit: fc.nat(31),
    }),
  },
);

function tamper(
  kind: TransformKind,
  packet: Packet,
  tag: Uint8Array,
  tampering: Tampering,
): { packet: Packet; tag: Uint8Array; authentic: boolean } {
  const untouched = { packet, tag, authentic: true };
  if (tampering.what === 'none') return untouched;
  if (tampering.what === 'bit') {
    const body = packet.body.slice();
    const changed = tag.slice();
    const length = body.length + tag.length;
    const place = (((tampering.place % length) + length) % length) - body.length;
    const [bytes, at] = place < 0 ? [body, place + body.length] : [changed, place];
    bytes[at] = (bytes[at] as number) ^ (1 << tampering.bit);
    return { packet: { ...packet, body }, tag: changed, authentic: false };
  }
  const { what } = tampering;
  // SSRC and index are in the nonce of GCM, but HMAC knows only what is in packet and suffix.
  if (what === 'suffix' ? !kind.suffixed : kind.cipher === 'cm') return untouched;
  const bits = what === 'indexLow' ? 16 : 32;
  return {
    packet: { ...packet, [what]: (packet[what] ^ (1 << (tampering.bit % bits))) >>> 0 },
    tag,
    authentic: false,
  };
}

/** Packets through both engines; what OpenSSL makes of them is what is expected. */
function protectBoth(both: Both, packets: readonly Packet[]): readonly Uint8Array[][] {
  const expected = pass(witness, both.witness, 'protect', packets);
  const got = pass(ours, both.ours, 'protect', packets);
  expect(toHex(got.memory)).toBe(toHex(expected.memory));
  return packets.map((_, i) => [expected.bodies[i] as Uint8Array, expected.tags[i] as Uint8Array]);
}

function unprotectBoth(
  both: Both,
  packets: readonly Packet[],
  tags: readonly Uint8Array[],
): { bodies: readonly Uint8Array[]; results: readonly number[] } {
  const expected = pass(witness, both.witness, 'unprotect', packets, tags);
  const got = pass(ours, both.ours, 'unprotect', packets, tags);
  expect(got.results).toEqual(expected.results);
  expect(toHex(got.memory)).toBe(toHex(expected.memory));
  return got;
}

/** There, and with some packets changed on the way, back. */
function thereAndBack(both: Both, packets: readonly Packet[], tamperings: readonly Tampering[]): void {
  const sealed = protectBoth(both, packets).map(([body = new Uint8Array(0), tag = body], i) =>
    tamper(both.kind, { ...(packets[i] as Packet), body }, tag, tamperings[i] ?? { what: 'none' }),
  );
  const { bodies, results } = unprotectBoth(
    both,
    sealed.map(({ packet }) => packet),
    sealed.map(({ tag }) => tag),
  );
  expect(results).toEqual(sealed.map(({ authentic }) => (authentic ? 1 : 0)));
  for (const [i, { authentic, packet }] of sealed.entries()) {
    const expected = authentic ? (packets[i] as Packet).body : packet.body;
    expect(toHex(bodies[i] as Uint8Array)).toBe(toHex(expected));
  }
}

const anyTamperings = fc.array(anyTampering, { minLength: 64, maxLength: 64, size: 'max' });
const anySeed = fc.nat(0xffff_ffff);

function packetOf(length: number, more: Partial<Packet> = {}): Packet {
  return {
    body: bytesOf(length, length),
    cipherStart: 12,
    gap: 0,
    mki: 0,
    behind: 0,
    ssrc: 0x8123_4567,
    indexHigh: 0,
    indexLow: length & 0xffff,
    suffix: 0,
    ...more,
  };
}

test('packetEngine() is one for the process, and works in the memory of the kernel', () => {
  expect(packetEngine()).toBe(packetEngine());
  expect(packetEngine().memory.packets.buffer).toBe(kernel.packets.buffer);
});

describe.each(TRANSFORM_KINDS.map((kind) => [nameOfKind(kind), kind] as const))(
  'the kernel and OpenSSL give the same, %s',
  (_, kind) => {
    test('1 to 64 packets of any shape, some changed on the way', () => {
      fc.assert(
        fc.property(
          anySeed,
          fc.array(fc.tuple(anyPackets, anyTamperings), { minLength: 1, maxLength: 3 }),
          (seed, batches) => {
            const both = makeBoth(kind, seed);
            for (const [packets, tamperings] of batches) thereAndBack(both, packets, tamperings);
          },
        ),
        { numRuns: 25 },
      );
    });

    test.each([1, 2, 3, 4, 9, 10, 16, 17, 64])('%i packets of all lengths up to four blocks', (count) => {
      const both = makeBoth(kind, 7);
      let indexHigh = 0;
      for (let length = 12; length <= 12 + 256; length += count) {
        const packets: Packet[] = [];
        for (let i = 0; i < count; i++) packets.push(packetOf(length + i, { indexHigh, suffix: indexHigh }));
        thereAndBack(both, packets, []);
        indexHigh++;
      }
    });

    test.each([0, 1, 15])('a gap behind %i CSRCs, and all lengths of what follows', (csrcs) => {
      const both = makeBoth(kind, 8);
      const gap = 12 + 4 * csrcs;
      const packets: Packet[] = [];
      for (let more = 0; more <= 80; more++) packets.push(packetOf(gap + 4 + more, { gap }));
      for (const packet of packets) thereAndBack(both, [packet], []);
      for (let at = 0; at < packets.length; at += 16) thereAndBack(both, packets.slice(at, at + 16), []);
    });

    test('every bit of header, body and tag', () => {
      const both = makeBoth(kind, 9);
      const packets = new Array<Packet>(16).fill(packetOf(12 + 33, { suffix: 5 }));
      const [sealed] = protectBoth(both, packets);
      const [body, tag] = sealed as [Uint8Array, Uint8Array];
      const changed: { packet: Packet; tag: Uint8Array }[] = [];
      for (let place = 0; place < body.length + tag.length; place++) {
        for (let bit = 0; bit < 8; bit++) {
          changed.push(tamper(kind, { ...packetOf(45), suffix: 5, body }, tag, { what: 'bit', place, bit }));
        }
      }
      for (const size of [1, 4, 16]) {
        for (let at = 0; at < changed.length; at += size) {
          const some = changed.slice(at, at + size);
          const { results } = pass(
            ours,
            both.ours,
            'unprotect',
            some.map(({ packet }) => packet),
            some.map((one) => one.tag),
          );
          expect(results).not.toContain(1);
        }
      }
    });

    test('a packet of 65,535 bytes, alone and beside others', () => {
      const both = makeBoth(kind, 10);
      const large = packetOf(65_535);
      const onlyHeader = packetOf(65_535, { cipherStart: 65_535 });
      for (const one of [large, onlyHeader, packetOf(65_535, { gap: 72 })]) {
        thereAndBack(both, [one], []);
        for (const others of [1, 3, 9, 15, 32]) {
          const small = Array.from({ length: others }, (_, i) => packetOf(12 + 50 * i));
          thereAndBack(both, thatFit([one, ...small]), []);
          thereAndBack(both, thatFit([...small, one]), [{ what: 'bit', place: -3, bit: 3 }]);
        }
      }
    });

    test('as many bytes as the memory holds', () => {
      const both = makeBoth(kind, 11);
      const packets = Array.from({ length: 64 }, (_, i) => packetOf(1515, { indexLow: i }));
      expect(thatFit(packets)).toHaveLength(64);
      thereAndBack(both, packets, [{ what: 'none' }, { what: 'bit', place: 1514, bit: 0 }]);
    });
  },
);

test('transforms that take turns do not disturb each other', () => {
  const step = fc.tuple(fc.nat(5), anyPackets, anyTamperings);
  const kinds = fc.array(fc.tuple(fc.constantFrom(...TRANSFORM_KINDS), anySeed), {
    minLength: 2,
    maxLength: 6,
  });
  fc.assert(
    fc.property(kinds, fc.array(step, { minLength: 3, maxLength: 8 }), (made, steps) => {
      const all = made.map(([kind, seed]) => makeBoth(kind, seed));
      for (const [which, packets, tamperings] of steps)
        thereAndBack(all[which % all.length] as Both, packets, tamperings);
    }),
    { numRuns: 60 },
  );
});

test('two keys of AES-GCM that take turns with sixteen packets each', () => {
  const kind: TransformKind = { cipher: 'gcm', keyLength: 16, tagLength: 16, suffixed: false };
  const all = [makeBoth(kind, 1), makeBoth(kind, 2)];
  for (let turn = 0; turn < 4; turn++) {
    for (const both of all) {
      const packets = Array.from({ length: 16 }, (_, i) => packetOf(100 + i, { indexHigh: turn }));
      thereAndBack(both, packets, []);
    }
  }
});

/** Packets that come one at a time: how far the index goes on, and what else is new. */
interface Step {
  readonly by: number;
  readonly ssrc: number;
  readonly payload: number;
  readonly gap: boolean;
  readonly forged: Tampering;
}

const anyStep: fc.Arbitrary<Step> = fc.record({
  by: fc.oneof({ weight: 6, arbitrary: fc.constant(1) }, fc.constantFrom(0, 2, 3, -1, -2, 16, -17, 65_536)),
  ssrc: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(2)),
  payload: fc.oneof({ weight: 4, arbitrary: fc.constant(160) }, lengths(1300)),
  gap: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, fc.boolean()),
  forged: anyTampering,
});

const MOST_INDEX = 2 ** 48 - 1;
const anyBeginning = fc.oneof(
  fc.constantFrom(0, 65_530, 2 ** 31 - 8, 2 ** 32 - 8, 2 ** 47 - 8, MOST_INDEX - 20, MOST_INDEX - 3),
  fc.integer({ min: 0, max: MOST_INDEX }),
);

describe('packets that come one at a time are as OpenSSL makes them', () => {
  test.each(TRANSFORM_KINDS.map((kind) => [nameOfKind(kind), kind] as const))('%s', (_, kind) => {
    fc.assert(
      fc.property(
        anySeed,
        anyBeginning,
        fc.constantFrom([0, 1, 2], [0x7fff_ffff, 0x8000_0000, 0xffff_ffff]),
        fc.boolean(),
        fc.array(anyStep, { minLength: 20, maxLength: 60, size: 'max' }),
        (seed, beginning, ssrcs, sameIndex, steps) => {
          const sending = makeBoth(kind, seed);
          const receiving = makeBoth(kind, seed);
          // SSRCs with one count of indices, or one each.
          const indices = [beginning, beginning, beginning];
          for (const [i, { by, ssrc, payload, gap, forged }] of steps.entries()) {
            const counter = sameIndex ? 0 : ssrc;
            const index = Math.min(MOST_INDEX, Math.max(0, (indices[counter] as number) + by));
            indices[counter] = index;
            const indexHigh = Math.floor(index / 2 ** 16);
            const packet = packetOf(20 + payload, {
              body: bytesOf(i, 20 + payload),
              gap: gap ? 16 : 0,
              ssrc: ssrcs[ssrc] as number,
              indexHigh,
              indexLow: index % 2 ** 16,
              suffix: indexHigh,
            });
            const [sealed] = protectBoth(sending, [packet]);
            const [body, tag] = sealed as [Uint8Array, Uint8Array];
            const attempt = tamper(kind, { ...packet, body }, tag, forged);
            const first = unprotectBoth(receiving, [attempt.packet], [attempt.tag]);
            expect(first.results).toEqual([attempt.authentic ? 1 : 0]);
            const opened = unprotectBoth(receiving, [{ ...packet, body }], [tag]);
            expect(opened.results).toEqual([1]);
            expect(toHex(opened.bodies[0] as Uint8Array)).toBe(toHex(packet.body));
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  test('over the roll-over counter, to the last index of all', () => {
    for (const kind of TRANSFORM_KINDS) {
      const both = makeBoth(kind, 12);
      for (const from of [65_536 - 20, 2 ** 32 - 20, 2 ** 47 - 20, MOST_INDEX - 40]) {
        for (let index = from; index <= Math.min(MOST_INDEX, from + 45); index++) {
          const indexHigh = Math.floor(index / 2 ** 16);
          const more = { indexHigh, indexLow: index % 2 ** 16, suffix: indexHigh };
          thereAndBack(both, [packetOf(172, more)], []);
        }
      }
    }
  });

  test('more SSRCs in turn than are kept count of', () => {
    for (const kind of TRANSFORM_KINDS) {
      const both = makeBoth(kind, 13);
      for (let indexLow = 0; indexLow < 4; indexLow++) {
        for (let ssrc = 0; ssrc < 70; ssrc++) thereAndBack(both, [packetOf(60, { indexLow, ssrc })], []);
      }
    }
  });

  test('in turn with packets that come together', () => {
    for (const kind of TRANSFORM_KINDS) {
      const both = makeBoth(kind, 14);
      let indexLow = 0;
      for (const count of [1, 1, 3, 1, 1, 1, 16, 1, 1, 10, 1, 2, 1]) {
        const packets = Array.from({ length: count }, () => packetOf(172, { indexLow: indexLow++ }));
        thereAndBack(both, packets, []);
      }
    }
  });
});

test.each(TRANSFORM_KINDS.map((kind) => [nameOfKind(kind), kind] as const))(
  'destroy() of openSslEngine() leaves zeros for keys, %s',
  (_, kind) => {
    const destroyed = makeTransform(witness, kind, 15);
    destroyed.destroy();
    const { cipherKey, salt, authenticationKey } = sessionKeysOf(kind, 15);
    for (const key of [cipherKey, salt, authenticationKey]) key.fill(0);
    const keys = { cipherKey, salt, authenticationKey };
    const ofZeros =
      kind.cipher === 'cm'
        ? witness.counterModeHmacSha1(keys, kind.tagLength)
        : witness.gcm(keys, kind.suffixed);
    const packets = [packetOf(100)];
    expect(pass(witness, destroyed, 'protect', packets)).toEqual(pass(witness, ofZeros, 'protect', packets));
  },
);

test('transforms keep copies of their keys', () => {
  for (const engine of [ours, witness]) {
    for (const kind of TRANSFORM_KINDS) {
      const keys = sessionKeysOf(kind, 17);
      const make = (): PacketTransform =>
        kind.cipher === 'cm'
          ? engine.counterModeHmacSha1(keys, kind.tagLength)
          : engine.gcm(keys, kind.suffixed);
      const expected = pass(engine, make(), 'protect', [packetOf(100)]);
      const transform = make();
      for (const key of [keys.cipherKey, keys.salt, keys.authenticationKey]) key.fill(0);
      expect(pass(engine, transform, 'protect', [packetOf(100)])).toEqual(expected);
    }
  }
});
