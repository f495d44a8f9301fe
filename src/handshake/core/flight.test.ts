import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordsOf } from '../../../test/lib/records.ts';
import { toHex } from '../../bytes/bytes.ts';
import { Reader } from '../../bytes/reader.ts';
import { nodeCrypto } from '../../crypto/node/index.ts';
import type { RecordProtection } from '../../record/protection.ts';
import { aeadProtectionV12 } from '../../record/protection-v12.ts';
import { RecordLayer } from '../../record/record-layer.ts';
import { ContentType } from '../../registry/content-types.ts';
import { readHandshakeFragment } from '../../wire/handshake.ts';
import { MAX_PLAINTEXT_LENGTH } from '../../wire/record.ts';
import { type FlightItem, packFlight, type SentPart } from './flight.ts';
import { Reassembly } from './reassembly.ts';

const protection = (): RecordProtection =>
  aeadProtectionV12(nodeCrypto, 'aes-128-gcm', new Uint8Array(16), new Uint8Array(4));

function sender(): RecordLayer {
  const records = new RecordLayer();
  records.installWriteKeys(1, protection());
  return records;
}

const message = (messageSeq: number, length: number, epoch = 0): FlightItem => ({
  kind: 'message',
  epoch,
  message: { type: 11, messageSeq, body: Uint8Array.from({ length }, (_, i) => i + messageSeq) },
});

/** Messages of a flight by their lengths, then a ChangeCipherSpec, then one under keys. */
function flightOf(lengths: readonly number[]): FlightItem[] {
  return [
    ...lengths.map((length, i) => message(i, length)),
    { kind: 'change_cipher_spec', epoch: 0 },
    message(lengths.length, 12, 1),
  ];
}

const flights = fc.array(fc.oneof(fc.nat(40), fc.nat(3000)), { minLength: 1, maxLength: 6 }).map(flightOf);
const mtus = fc.integer({ min: 256, max: 1500 });

/** What a receiver makes of it: message bodies in order, by hex. */
function received(datagrams: readonly Uint8Array[]): string[] {
  const receiver = new RecordLayer();
  receiver.installReadKeys(1, protection());
  const [reassembly, bodies] = [new Reassembly(), [] as string[]];
  for (const record of recordsOf(...datagrams)) {
    if (record.type !== ContentType.handshake) continue;
    // Without protection straight from the record: the receiver may have seen keys before.
    const opened = record.epoch === 0 ? { plaintext: record.fragment } : receiver.open(record);
    if (typeof opened === 'string') throw new Error(opened);
    const reader = new Reader(opened.plaintext);
    while (reader.remaining > 0) {
      const fragment = readHandshakeFragment(reader);
      if (fragment === undefined) throw new Error('malformed');
      reassembly.add(fragment, record.epoch);
    }
  }
  for (let whole = reassembly.take(); whole !== undefined; whole = reassembly.take()) {
    bodies.push(toHex(whole.body));
  }
  return bodies;
}

const bodiesOf = (items: readonly FlightItem[]): string[] =>
  items.flatMap((item) => (item.kind === 'message' ? [toHex(item.message.body)] : []));

const pack = (items: readonly FlightItem[], mtu: number, records = sender()): Uint8Array[] =>
  packFlight(items, mtu, records).map(({ bytes }) => bytes);

describe('packFlight()', () => {
  it('no datagram is larger than the MTU, and reassembly gives every message back', () => {
    fc.assert(
      fc.property(flights, mtus, (items, mtu) => {
        const datagrams = pack(items, mtu);
        for (const datagram of datagrams) expect(datagram.length).toBeLessThanOrEqual(mtu);
        expect(received(datagrams)).toEqual(bodiesOf(items));
      }),
    );
  });

  it('cut anew for another MTU, both times joined by the same receiver', () => {
    fc.assert(
      fc.property(flights, mtus, mtus, fc.nat(), (items, first, second, keep) => {
        const records = sender();
        const once = pack(items, first, records).filter((_, i) => ((keep >> i) & 1) === 1);
        expect(received([...once, ...pack(items, second, records)])).toEqual(bodiesOf(items));
      }),
      { numRuns: 60 },
    );
  });

  it('record numbers of an epoch rise over flights and retransmissions; messageSeq stays (RFC 6347 §4.2.4)', () => {
    const [records, items] = [sender(), flightOf([100, 2000])];
    const all = recordsOf(...pack(items, 1200, records), ...pack(items, 400, records));
    for (const epoch of [0, 1]) {
      const numbers = all.filter((record) => record.epoch === epoch).map((record) => record.sequenceNumber);
      expect(numbers).toEqual(numbers.map((_, i) => i));
    }
    const seqs = all
      .filter(({ type, epoch }) => type === 22 && epoch === 0)
      .map(({ fragment }) => fragment[5]);
    expect(new Set(seqs)).toEqual(new Set([0, 1]));
  });

  it('fills datagrams: small messages share one, and only the last of many is not full', () => {
    expect(pack(flightOf([60, 60, 4, 0]), 1200)).toHaveLength(1);
    const datagrams = pack([message(0, 10_000)], 1000);
    expect(datagrams.slice(0, -1).every(({ length }) => length === 1000)).toBe(true);
  });

  it('rather than a fragment of fewer than 32 bytes it begins a new datagram', () => {
    const records = recordsOf(...pack([message(0, 1200 - 25 - 25 - 31), message(1, 500)], 1200));
    expect(records.map(({ fragment }) => fragment.length - 12)).toEqual([1200 - 25 - 25 - 31, 500]);
  });

  it('tells each part as it was sent', () => {
    const parts: SentPart[] = [];
    const packed = packFlight(flightOf([1500]), 1000, sender());
    const datagrams = packed.map(({ bytes }) => bytes);
    parts.push(...packed.flatMap((datagram) => datagram.parts));
    const records = recordsOf(...datagrams);
    expect(parts.map(({ sequenceNumber }) => sequenceNumber)).toEqual(
      records.map(({ sequenceNumber }) => sequenceNumber),
    );
    expect(parts.map(({ item, fragmentOffset }) => [item.kind, fragmentOffset])).toEqual([
      ['message', 0],
      ['message', 1000 - 25],
      ['change_cipher_spec', 0],
      ['message', 0],
    ]);
  });

  it('a ChangeCipherSpec goes into a new datagram when it does not fit', () => {
    const datagrams = pack([message(0, 231), { kind: 'change_cipher_spec', epoch: 0 }], 256);
    expect(datagrams.map(({ length }) => length)).toEqual([256, 14]);
  });

  // The MTU may be larger than what a record may hold (RFC 5246 §6.2.1).
  it('no record has more than 2^14 bytes, however large the MTU', () => {
    for (const { fragment } of recordsOf(...pack([message(0, 30_000)], 65_535))) {
      expect(fragment.length).toBeLessThanOrEqual(MAX_PLAINTEXT_LENGTH);
    }
  });
});
