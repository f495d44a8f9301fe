import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../bytes/bytes.ts';
import { HandshakeType } from '../../registry/handshake-types.ts';
import type { HandshakeFragment } from '../../wire/handshake.ts';
import { type FragmentVerdict, Reassembly } from './reassembly.ts';

const CERTIFICATE = HandshakeType.certificate;

/** Bytes that tell their place. */
const body = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i * 7);

function piece(
  message: Uint8Array,
  start: number,
  end: number,
  change: Partial<HandshakeFragment> = {},
): HandshakeFragment {
  const fragment = message.subarray(start, end);
  return {
    type: CERTIFICATE,
    length: message.length,
    messageSeq: 0,
    fragmentOffset: start,
    fragment,
    ...change,
  };
}

const taken = (reassembly: Reassembly): string | undefined => {
  const message = reassembly.take();
  return message && toHex(message.body);
};

const reason = (verdict: FragmentVerdict): string =>
  typeof verdict === 'string' ? verdict : verdict.discard;

/** Pieces that cover a message: cut at random, cut again otherwise, some repeated, in any order. */
const cuttings = fc.integer({ min: 1, max: 200 }).chain((length) => {
  const cut = fc.uniqueArray(fc.integer({ min: 1, max: length }), { maxLength: 12 }).map((cuts) => {
    const edges = [0, ...cuts.filter((at) => at < length).sort((a, b) => a - b), length];
    return edges.slice(1).map((end, i): [number, number] => [edges[i] ?? 0, end]);
  });
  return fc
    .tuple(cut, cut)
    .chain(([once, again]) => fc.tuple(fc.constant(length), fc.constant(once), fc.shuffledSubarray(again)))
    .chain(([whole, once, again]) => {
      const all = [...once, ...again];
      const order = fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length });
      return fc.tuple(fc.constant(whole), order);
    });
});

describe('Reassembly (RFC 6347 §4.2.3)', () => {
  it('gives the message once, for any fragmentation, order, repetition and new cut', () => {
    fc.assert(
      fc.property(cuttings, ([length, pieces]) => {
        const [reassembly, message] = [new Reassembly(), body(length)];
        const got: string[] = [];
        for (const [start, end] of pieces) {
          reassembly.add(piece(message, start, end), 0);
          const whole = taken(reassembly);
          if (whole !== undefined) got.push(whole);
        }
        expect(got).toEqual([toHex(message)]);
        expect(taken(reassembly)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it('gives messages in their order, whichever is whole first', () => {
    const order = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 });
    fc.assert(
      fc.property(order, (arrivals) => {
        const reassembly = new Reassembly();
        for (const messageSeq of arrivals) {
          expect(reassembly.add(piece(Uint8Array.of(messageSeq), 0, 1, { messageSeq }), 0)).toBe('stored');
        }
        const numbers = arrivals.map(() => reassembly.take()?.messageSeq);
        expect(numbers).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
        expect(reassembly.nextMessageSeq).toBe(8);
      }),
    );
  });

  it('a message of no bytes is whole with its one empty fragment', () => {
    const reassembly = new Reassembly();
    expect(reassembly.add(piece(body(0), 0, 0), 0)).toBe('stored');
    expect(taken(reassembly)).toBe('');
  });

  it('tells the epoch and type of what it gives, and copies the bytes', () => {
    const reassembly = new Reassembly(4);
    const message = body(3);
    reassembly.add(piece(message, 0, 3, { messageSeq: 4, type: HandshakeType.finished }), 1);
    message.fill(0);
    const whole = reassembly.take();
    expect(whole).toMatchObject({ type: HandshakeType.finished, messageSeq: 4, epoch: 1 });
    expect(whole && toHex(whole.body)).toBe(toHex(body(3)));
  });

  it('a Finished without protection is nobody’s', () => {
    const reassembly = new Reassembly();
    expect(reason(reassembly.add(piece(body(12), 0, 12, { type: HandshakeType.finished }), 0))).toBe(
      'malformed_fragment',
    );
    expect(taken(reassembly)).toBeUndefined();
  });
});

describe('Reassembly: conflicts are never mixed (S7)', () => {
  const other = body(10).map((byte) => byte ^ 1);

  it.each<[string, HandshakeFragment, number]>([
    ['another type', piece(body(10), 5, 10, { type: HandshakeType.client_key_exchange }), 0],
    ['another length', piece(body(11), 5, 10), 0],
    ['other bytes', piece(other, 0, 5), 0],
    ['other bytes in the overlap', piece(other, 4, 10), 0],
    ['another epoch', piece(body(10), 5, 10), 1],
  ])('%s: the newer takes the place of pieces, and of the older nothing is left', (_, conflicting, epoch) => {
    const reassembly = new Reassembly();
    reassembly.add(piece(body(10), 0, 5), 0);
    expect(reassembly.add(conflicting, epoch)).toBe('replaced');
    // The true message, sent again, is whole whatever came in between.
    reassembly.add(piece(body(10), 0, 5), 1);
    reassembly.add(piece(body(10), 5, 10), 1);
    expect(taken(reassembly)).toBe(toHex(body(10)));
  });

  it('a message that is whole stays, for nobody can tell which is the forgery', () => {
    const reassembly = new Reassembly();
    reassembly.add(piece(body(10), 0, 10, { messageSeq: 1 }), 0);
    expect(reason(reassembly.add(piece(other, 0, 5, { messageSeq: 1 }), 0))).toBe('conflicting_fragment');
    reassembly.add(piece(body(3), 0, 3), 0);
    expect(taken(reassembly)).toBe(toHex(body(3)));
    expect(taken(reassembly)).toBe(toHex(body(10)));
  });

  it('what came under keys is not moved by what did not', () => {
    const reassembly = new Reassembly();
    reassembly.add(piece(body(10), 0, 5), 1);
    expect(reason(reassembly.add(piece(other, 0, 10), 0))).toBe('conflicting_fragment');
    reassembly.add(piece(body(10), 5, 10), 1);
    expect(taken(reassembly)).toBe(toHex(body(10)));
  });

  it('one datagram begins twelve messages at most, replacements counted', () => {
    const reassembly = new Reassembly();
    const verdicts = Array.from({ length: 20 }, (_, i) =>
      reassembly.add(piece(new Uint8Array(600 + i), 0, 1), 0),
    );
    expect(verdicts.filter((verdict) => verdict === 'stored' || verdict === 'replaced')).toHaveLength(12);
    reassembly.beginDatagram();
    expect(reassembly.add(piece(new Uint8Array(5), 0, 1), 0)).toBe('replaced');
  });

  it('one datagram begins 131,072 bytes of messages at most, replacements counted', () => {
    const reassembly = new Reassembly();
    const claim = (length: number): string => reason(reassembly.add(piece(new Uint8Array(length), 0, 1), 0));
    expect([claim(65_000), claim(65_001), claim(1100), claim(1071)]).toEqual([
      'stored',
      'replaced',
      'conflicting_fragment',
      'replaced',
    ]);
    reassembly.beginDatagram();
    expect(claim(65_000)).toBe('replaced');
  });

  it('what is beyond the limits does not drop what is there', () => {
    const reassembly = new Reassembly();
    reassembly.add(piece(body(10), 0, 5), 0);
    expect(reason(reassembly.add(piece(new Uint8Array(70_000), 0, 5), 0))).toBe('conflicting_fragment');
    reassembly.add(piece(body(10), 5, 10), 0);
    expect(taken(reassembly)).toBe(toHex(body(10)));
  });

  it('lets go of the memory of what it drops', () => {
    const reassembly = new Reassembly();
    for (let i = 0; i < 100; i++) {
      const filled = new Uint8Array(60_000).fill(i);
      reassembly.beginDatagram();
      expect(['stored', 'replaced']).toContain(reassembly.add(piece(filled, 0, 1000), 0));
    }
  });

  it('under keys a conflict is told as such: it cannot be a forgery', () => {
    const reassembly = new Reassembly();
    reassembly.add(piece(body(10), 0, 5), 1);
    expect(reassembly.add(piece(other, 4, 10), 1)).toBe('conflict');
  });

  it('what was dropped leaves no trace: all bytes of a message are of one version', () => {
    const parts = fc.array(fc.tuple(fc.boolean(), fc.nat(39), fc.integer({ min: 1, max: 40 })), {
      maxLength: 60,
    });
    const versions = [new Uint8Array(40).fill(0xaa), new Uint8Array(40).fill(0xbb)] as const;
    fc.assert(
      fc.property(parts, (list) => {
        const reassembly = new Reassembly();
        const model: (number | undefined)[] = new Array(40).fill(undefined);
        for (const [second, start, length] of list) {
          const version = versions[second ? 1 : 0];
          const end = Math.min(40, start + length);
          const agrees = model.slice(start, end).every((byte) => byte === undefined || byte === version[0]);
          const verdict = reassembly.add(piece(version, start, end), 0);
          expect(verdict).toBe(agrees ? 'stored' : 'replaced');
          if (!agrees) model.fill(undefined);
          model.fill(version[0], start, end);
          if (model.includes(undefined)) continue;
          expect(taken(reassembly)).toBe(toHex(Uint8Array.from(model as number[])));
          return;
        }
        expect(taken(reassembly)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });
});

describe('Reassembly: bounds (S6)', () => {
  it('keeps messages up to seven ahead', () => {
    const reassembly = new Reassembly(3);
    expect(reassembly.add(piece(body(1), 0, 1, { messageSeq: 10 }), 0)).toBe('stored');
    expect(reason(reassembly.add(piece(body(1), 0, 1, { messageSeq: 11 }), 0))).toBe('message_ahead');
    expect(reason(reassembly.add(piece(body(1), 0, 1, { messageSeq: 0xffff }), 0))).toBe('message_ahead');
  });

  it('tells the end of the last message handled from other repetitions', () => {
    const reassembly = new Reassembly();
    for (const messageSeq of [0, 1]) {
      reassembly.add(piece(body(4), 0, 4, { messageSeq }), 0);
      reassembly.take();
    }
    expect(reassembly.add(piece(body(4), 2, 4, { messageSeq: 1 }), 0)).toBe('repeated');
    expect(reason(reassembly.add(piece(body(4), 0, 2, { messageSeq: 1 }), 0))).toBe('repeated_message');
    expect(reason(reassembly.add(piece(body(4), 0, 4, { messageSeq: 0 }), 0))).toBe('repeated_message');
  });

  it('empty fragments of a message that is not empty make no progress and hold nothing', () => {
    const reassembly = new Reassembly();
    for (let i = 0; i < 1000; i++) {
      const offset = i % 11;
      expect(reason(reassembly.add(piece(body(10), offset, offset), 0))).toBe('malformed_fragment');
    }
    expect(taken(reassembly)).toBeUndefined();
    expect(reassembly.add(piece(body(10), 0, 10), 0)).toBe('stored');
  });

  it('refuses a message over 65,536 bytes, and a ClientHello over 16,384', () => {
    const claim = (length: number, type: number): string =>
      reason(new Reassembly().add(piece(Uint8Array.of(1), 0, 1, { length, type }), 0));
    expect(claim(65_536, CERTIFICATE)).toBe('stored');
    expect(claim(65_537, CERTIFICATE)).toBe('fragment_limit');
    expect(claim(0xffffff, CERTIFICATE)).toBe('fragment_limit');
    expect(claim(16_384, HandshakeType.client_hello)).toBe('stored');
    expect(claim(16_385, HandshakeType.client_hello)).toBe('fragment_limit');
  });

  it('holds at most 131,072 bytes for all messages, and counts what was taken as free', () => {
    const reassembly = new Reassembly();
    const claim = (messageSeq: number, length: number): string => {
      reassembly.beginDatagram();
      return reason(reassembly.add(piece(body(length), 0, length, { messageSeq }), 0));
    };
    expect([claim(0, 65_536), claim(1, 65_536), claim(2, 1)]).toEqual(['stored', 'stored', 'fragment_limit']);
    reassembly.take();
    expect([claim(2, 65_536), claim(3, 1)]).toEqual(['stored', 'fragment_limit']);
    reassembly.clear();
    expect(claim(3, 65_536)).toBe('stored');
  });

  it('keeps 64 separate pieces of a message; more must wait until gaps have closed', () => {
    const reassembly = new Reassembly();
    const message = body(200);
    for (let i = 0; i < 64; i++) expect(reassembly.add(piece(message, 2 * i, 2 * i + 1), 0)).toBe('stored');
    expect(reason(reassembly.add(piece(message, 190, 191), 0))).toBe('fragment_limit');
    expect(reassembly.add(piece(message, 0, 128), 0)).toBe('stored');
    expect(reassembly.add(piece(message, 190, 200), 0)).toBe('stored');
    expect(reassembly.add(piece(message, 128, 190), 0)).toBe('stored');
    expect(taken(reassembly)).toBe(toHex(message));
  });

  it('never throws, whatever the fragments', () => {
    const fragments = fc.record({
      type: fc.constantFrom(1, 2, 11, 20, 99),
      length: fc.oneof(fc.nat(30), fc.nat(0xffffff)),
      messageSeq: fc.oneof(fc.nat(10), fc.nat(0xffff)),
      fragmentOffset: fc.nat(30),
      fragment: fc.uint8Array({ maxLength: 30 }),
    });
    const list = fc.array(fc.tuple(fragments, fc.nat(2)), { maxLength: 40 });
    fc.assert(
      fc.property(list, (arrivals) => {
        const reassembly = new Reassembly();
        for (const [fragment, epoch] of arrivals) {
          // What `readHandshakeFragment` has made sure of.
          if (fragment.fragmentOffset + fragment.fragment.length > fragment.length) continue;
          reassembly.add(fragment, epoch);
          while (reassembly.take() !== undefined) expect(reassembly.nextMessageSeq).toBeLessThan(0x10001);
        }
      }),
    );
  });
});
