import { describe, expect, it } from 'vitest';
import { audioPacket, countingBytes, stubProtection } from '../../test/lib/call.ts';
import { AudioCall, type AudioCallOptions, type SentPacket } from './call/audio-call.ts';
import type { MediaPath } from './call/media.ts';
import { Recording } from './call/recording.ts';
import { BurstSchedule } from './call/schedule.ts';
import { carryAudio, comparePackets } from './demo-audio.ts';

const sent = (...numbers: readonly number[]): SentPacket[] =>
  numbers.map((sequenceNumber) => ({
    packet: audioPacket({ sequenceNumber }),
    rtp: new Uint8Array(0),
    srtp: new Uint8Array(0),
  }));

describe('comparePackets()', () => {
  it('tells what arrived the same from what arrived otherwise or not at all', () => {
    const heard = [3, 1, 1].map((sequenceNumber) => audioPacket({ sequenceNumber }));
    const other = audioPacket({ sequenceNumber: 2, payload: new Uint8Array(160).fill(77) });
    expect(comparePackets(sent(1, 2, 3, 4), [...heard, other])).toEqual({
      sent: 4,
      same: 2,
      different: 1,
      lost: 1,
    });
  });
});

/** Two ends with a way between them that brings each packet in a later turn, if `brings` says so. */
function twoEnds(brings: (packet: Uint8Array, index: number) => boolean): { client: Party; server: Party } {
  const client = new Party(countingBytes(1), brings);
  const server = new Party(countingBytes(100), brings);
  client.peer = server;
  server.peer = client;
  return { client, server };
}

class Party implements MediaPath {
  peer: Party | undefined;
  readonly #random: (length: number) => Uint8Array;
  readonly #brings: (packet: Uint8Array, index: number) => boolean;
  readonly #waiting: Uint8Array[] = [];
  #call: AudioCall | undefined;
  #sent = 0;

  constructor(
    random: (length: number) => Uint8Array,
    brings: (packet: Uint8Array, index: number) => boolean,
  ) {
    this.#random = random;
    this.#brings = brings;
  }

  beginCall(options: Pick<AudioCallOptions, 'recording' | 'onPacket'>): AudioCall {
    const protection = stubProtection();
    this.#call = new AudioCall({ ...options, path: this, protection, randomBytes: this.#random });
    return this.#call;
  }

  sendMedia(packet: Uint8Array): boolean {
    if (this.#brings(packet, this.#sent++)) setImmediate(() => this.peer?.arrive(packet));
    return true;
  }

  receiveMedia(): Uint8Array | undefined {
    return this.#waiting.shift();
  }

  arrive(packet: Uint8Array): void {
    this.#waiting.push(packet);
    this.#call?.take();
  }
}

const PAYLOADS = Array.from({ length: 100 }, (_, i) => new Uint8Array(160).fill(i));

describe('carryAudio()', () => {
  it('brings all there and back', async () => {
    const { client, server } = twoEnds(() => true);
    const recording = new Recording();
    const carried = await carryAudio(client, server, PAYLOADS, new BurstSchedule(), recording);
    expect(carried.toServer).toEqual({ sent: 100, same: 100, different: 0, lost: 0 });
    expect(carried.toClient).toEqual({ sent: 100, same: 100, different: 0, lost: 0 });
    expect(recording.length).toBe(16_000);
    expect(carried.first?.packet.payload).toEqual(PAYLOADS[0]);
  });

  it('ends where some, or even all and the BYE, are lost, and says how many', async () => {
    const some = twoEnds((packet, index) => packet[1] !== 0 || index % 7 !== 3);
    const carried = await carryAudio(
      some.client,
      some.server,
      PAYLOADS,
      new BurstSchedule(),
      new Recording(),
    );
    expect(carried.toServer.lost).toBeGreaterThan(0);
    expect(carried.toServer.same + carried.toServer.lost).toBe(100);
    expect(carried.toClient.sent).toBe(carried.toServer.same);
    expect(carried.server.received.lost).toBe(carried.toServer.lost);
    const none = twoEnds(() => false);
    const nothing = await carryAudio(
      none.client,
      none.server,
      PAYLOADS,
      new BurstSchedule(),
      new Recording(),
    );
    expect(nothing.toServer).toEqual({ sent: 100, same: 0, different: 0, lost: 100 });
    expect(nothing.toClient).toEqual({ sent: 0, same: 0, different: 0, lost: 0 });
  });
});
