import { describe, expect, it } from 'vitest';
import { rtpPacket, senderReport } from '../../test/interop/lib/rtp.ts';
import {
  CIPHERS,
  hex,
  keyOf,
  receiverOf,
  SUITES,
  type Suite,
  senderOf,
  titled,
} from '../../test/lib/srtp.ts';
import type { SrtpReceiver, SrtpSender } from './index.ts';

/** One call of many: both ends, with keys of its own. */
class Call {
  readonly sender: SrtpSender;
  readonly receiver: SrtpReceiver;
  #sequenceNumber = 0;

  constructor(row: Suite, seed: number) {
    this.sender = senderOf(row, keyOf(row, seed));
    this.receiver = receiverOf(row, keyOf(row, seed));
  }

  protect(payload = 20): { packet: Buffer; srtp: Uint8Array } {
    const packet = rtpPacket({ sequenceNumber: ++this.#sequenceNumber, payload });
    return { packet, srtp: this.sender.protect(packet) };
  }

  expectPass(payload?: number): void {
    const { packet, srtp } = this.protect(payload);
    expect(hex(this.receiver.unprotect(srtp))).toBe(hex(packet));
    expect(hex(this.receiver.unprotectRtcp(this.sender.protectRtcp(senderReport())))).toBe(
      hex(senderReport()),
    );
  }
}

describe.each(titled(CIPHERS))('%s: senders and receivers beside one another', (_, row) => {
  it('take turns, packet by packet', () => {
    const calls = SUITES.flatMap((other, i) => [new Call(row, 100 + i), new Call(other, 200 + i)]);
    for (let round = 0; round < 20; round++) for (const call of calls) call.expectPass(round * 7);
  });

  it('take turns, batch by batch', () => {
    const calls = [new Call(row, 1), ...SUITES.map((other, i) => new Call(other, 2 + i))];
    for (let round = 0; round < 5; round++) {
      const sealed = calls.map((call) => Array.from({ length: 20 }, () => call.protect(round)));
      for (const [i, call] of calls.entries()) {
        const list = sealed[i] ?? [];
        expect(call.receiver.unprotectBatch(list.map(({ srtp }) => srtp)).map(hex)).toEqual(
          list.map(({ packet }) => hex(packet)),
        );
      }
    }
  });

  it.each(titled(SUITES))('a sender goes on when one of %s is made', (_name, other) => {
    const call = new Call(row, 1);
    const before = call.protect();
    senderOf(other, keyOf(other, 2));
    const between = call.protect();
    receiverOf(other, keyOf(other, 3));
    const after = call.protect();
    for (const { packet, srtp } of [before, between, after])
      expect(hex(call.receiver.unprotect(srtp))).toBe(hex(packet));
  });

  it.each(titled(SUITES))('a receiver goes on when one of %s is made', (_name, other) => {
    const call = new Call(row, 1);
    for (const { packet, srtp } of [call.protect(), call.protect(), call.protect()]) {
      expect(hex(call.receiver.unprotect(srtp))).toBe(hex(packet));
      receiverOf(other, keyOf(other, 3));
    }
  });

  it.each(titled(SUITES))('go on when one of %s is destroyed', (_name, other) => {
    const third = new Call(other, 2);
    third.expectPass();
    const call = new Call(row, 1);
    call.expectPass();
    third.sender.destroy();
    call.expectPass();
    third.receiver.destroy();
    call.expectPass();
    expect(call.receiver.stats.discards).toEqual({});
  });
});
