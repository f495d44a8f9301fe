// @ts-check
/**
 * A contestant for SRTP packets:
 *
 *   about                                       the version, and the profiles it has
 *   open CALL PROFILE PAYLOAD SESSIONS SSRCS    new sessions; one tick of packets goes through them and is checked;
 *                                               the answer is a sum over its protected bytes
 *   run CALL SECONDS                            ticks for about so long; packets and the time they took
 *
 * A tick is 256 packets, or one of each stream where there are more. Building its packets and comparing what came
 * out with what went in is not timed. `peers/libsrtp-packets.c` does the same in C, byte for byte.
 */
import { Buffer } from 'node:buffer';
import { collectGarbage, serveLines } from './serve-lines.mjs';

const HEADER_LENGTH = 12;
const PAYLOAD_TYPE = 96;
const TICK = 256;
const BATCH = 64;
/** Room behind a packet for the longest tag. */
const ROOM = 32;

/** Lengths of master key and salt in bytes. @type {Record<string, readonly [number, number]>} */
const KEY_LENGTHS = {
  SRTP_AES128_CM_SHA1_80: [16, 14],
  SRTP_AES128_CM_SHA1_32: [16, 14],
  SRTP_AEAD_AES_128_GCM: [16, 12],
  SRTP_AEAD_AES_256_GCM: [32, 12],
  AES_256_CM_HMAC_SHA1_80: [32, 14],
};

/**
 * The packets of one tick, and where results go. Each packet `i` belongs to session `i % sessions`.
 * @typedef {object} Tick
 * @property {Buffer[]} packets as they were built
 * @property {Buffer[]} copies of them, for work in place; each with its room in `rooms`
 * @property {Buffer[]} rooms a copy's memory with space for the tag
 * @property {Uint8Array[]} protectedPackets
 * @property {(Uint8Array | undefined)[]} results
 * @property {number} batch
 *
 * @typedef {object} Work what is timed, and what is needed around it
 * @property {(tick: Tick) => void} [prepare] not timed; before `protect`
 * @property {(tick: Tick) => void} protect fills `protectedPackets`
 * @property {(tick: Tick) => void} unprotect fills `results`
 * @property {(tick: Tick) => void} [gather] not timed; fills these two where the others kept something else
 * @property {(session: number, packet: Uint8Array) => boolean} refuses
 *
 * @typedef {{ profile: string, masterKey: Buffer, masterSalt: Buffer }} SessionKeys
 */

/** @param {string} profile @param {number} session @returns {SessionKeys} */
function keysOf(profile, session) {
  const [keyLength = 0, saltLength = 0] = KEY_LENGTHS[profile] ?? [];
  const masterKey = Buffer.from(Array.from({ length: keyLength }, (_, i) => i));
  masterKey.writeUInt16BE(session);
  return {
    profile,
    masterKey,
    masterSalt: Buffer.from(Array.from({ length: saltLength }, (_, i) => 0xa0 + i)),
  };
}

class Bench {
  /** @type {Tick} */
  #tick;
  #work;
  #streams;
  #sent = 0;

  /**
   * @param {Work} work
   * @param {number} payload in bytes
   * @param {number} streams
   */
  constructor(work, payload, streams) {
    const length = HEADER_LENGTH + payload;
    // An odd number of cache lines from packet to packet, or they would all fall on the same few sets of the cache.
    const stride = (((length + ROOM + 63) >> 6) | 1) << 6;
    const count = Math.max(TICK, streams);
    const built = Buffer.alloc(count * stride);
    const copied = Buffer.alloc(count * stride);
    const views = (/** @type {Buffer} */ memory, /** @type {number} */ size) =>
      Array.from({ length: count }, (_, i) => memory.subarray(i * stride, i * stride + size));
    this.#work = work;
    this.#streams = streams;
    this.#tick = {
      packets: views(built, length),
      copies: views(copied, length),
      rooms: views(copied, length + ROOM),
      protectedPackets: [],
      results: [],
      batch: streams > TICK ? streams : BATCH,
    };
    for (const packet of this.#tick.packets) {
      packet[0] = 0x80;
      packet[1] = PAYLOAD_TYPE;
      for (let i = 0; i < payload; i++) packet[HEADER_LENGTH + i] = (7 * i + 3) & 0xff;
    }
  }

  #build() {
    const { packets, copies } = this.#tick;
    for (const [i, packet] of packets.entries()) {
      const stream = this.#sent % this.#streams;
      const number = Math.floor(this.#sent / this.#streams);
      packet.writeUInt16BE(number & 0xffff, 2);
      packet.writeUInt32BE((number * 160) >>> 0, 4);
      // As far apart as the random numbers that SSRCs are.
      packet.writeUInt32BE(Math.imul(stream + 1, 0x9e3779b1) >>> 0, 8);
      copies[i]?.set(packet);
      this.#sent++;
    }
    this.#work.prepare?.(this.#tick);
  }

  #check() {
    this.#work.gather?.(this.#tick);
    const { packets, results } = this.#tick;
    for (const [i, packet] of packets.entries()) {
      const result = results[i];
      if (result === undefined || !packet.equals(result)) {
        throw new Error(`packet ${i} of a tick of ${packets.length} did not come out as it went in`);
      }
    }
  }

  /** @returns a sum (FNV-1a) over the protected bytes of a tick, which says whether two stacks do the same work */
  first() {
    this.#build();
    this.#work.protect(this.#tick);
    this.#work.gather?.(this.#tick);
    const { protectedPackets } = this.#tick;
    let sum = 0x811c9dc5;
    for (const packet of protectedPackets) {
      for (const byte of packet) sum = Math.imul(sum ^ byte, 0x01000193);
    }
    const forged = Buffer.from(protectedPackets[0] ?? []);
    forged.writeUInt8(forged.readUInt8(20) ^ 1, 20);
    if (!this.#work.refuses(0, forged)) throw new Error('a forged packet was taken');
    this.#work.unprotect(this.#tick);
    this.#check();
    return sum >>> 0;
  }

  /** @param {number} seconds */
  run(seconds) {
    const protect = { seconds: 0, cpuSeconds: 0 };
    const unprotect = { seconds: 0, cpuSeconds: 0 };
    let packets = 0;
    const end = performance.now() + seconds * 1000;
    collectGarbage();
    do {
      this.#build();
      timed(protect, this.#work.protect, this.#tick);
      timed(unprotect, this.#work.unprotect, this.#tick);
      this.#check();
      packets += this.#tick.packets.length;
    } while (performance.now() < end);
    return { packets, protect, unprotect };
  }
}

/**
 * @param {{ seconds: number, cpuSeconds: number }} sum
 * @param {(tick: Tick) => void} work
 * @param {Tick} tick
 */
function timed(sum, work, tick) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  work(tick);
  sum.seconds += (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  sum.cpuSeconds += (user + system) / 1e6;
}

/**
 * @param {() => { version: string, profiles: string[] }} about
 * @param {(keys: SessionKeys[], call: string) => Work} open
 */
export function serveSrtp(about, open) {
  /** @type {Map<string, Bench>} */
  const benches = new Map();
  return serveLines({
    about,
    open(call = '', profile = '', payload, sessions, ssrcs) {
      const keys = Array.from({ length: Number(sessions) }, (_, i) => keysOf(profile, i));
      const bench = new Bench(open(keys, call), Number(payload), Number(sessions) * Number(ssrcs));
      benches.set(call, bench);
      return { sum: bench.first() };
    },
    run(call = '', seconds) {
      const bench = benches.get(call);
      if (bench === undefined) throw new Error(`${call} is not open`);
      return bench.run(Number(seconds));
    },
  });
}
