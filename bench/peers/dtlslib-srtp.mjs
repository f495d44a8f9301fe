// @ts-check
/** SRTP packets in dtlslib, in a process of their own. Talks as `../lib/serve-srtp.mjs` says. */
import { readFileSync } from 'node:fs';
import { SrtpReceiver, SrtpSender } from '../../dist/srtp/index.js';
import { serveSrtp } from '../lib/serve-srtp.mjs';
import { PROFILES } from '../lib/srtp-workloads.mjs';

/** @typedef {import('../lib/serve-srtp.mjs').Tick} Tick */
/** @typedef {import('../lib/serve-srtp.mjs').Work} Work */
/** @typedef {Omit<Work, 'refuses'>} Calls */

// A function for each way to call, written out, as a program that calls would be.

/** @type {(senders: SrtpSender[], receivers: SrtpReceiver[]) => Calls} */
const single = (senders, receivers) => ({
  protect({ packets, protectedPackets }) {
    let session = 0;
    for (let i = 0; i < packets.length; i++) {
      protectedPackets[i] = at(senders, session).protect(at(packets, i));
      if (++session === senders.length) session = 0;
    }
  },
  unprotect({ protectedPackets, results }) {
    let session = 0;
    for (let i = 0; i < protectedPackets.length; i++) {
      results[i] = at(receivers, session).unprotect(at(protectedPackets, i));
      if (++session === receivers.length) session = 0;
    }
  },
});

/** @type {(senders: SrtpSender[], receivers: SrtpReceiver[]) => Calls} */
const singleInPlace = (senders, receivers) => ({
  protect({ copies, rooms, protectedPackets }) {
    const sender = at(senders, 0);
    for (let i = 0; i < copies.length; i++) protectedPackets[i] = sender.protect(at(copies, i), at(rooms, i));
  },
  unprotect({ protectedPackets, results }) {
    const receiver = at(receivers, 0);
    for (let i = 0; i < protectedPackets.length; i++) {
      const packet = at(protectedPackets, i);
      results[i] = receiver.unprotect(packet, packet);
    }
  },
});

/**
 * @param {SrtpSender[]} senders
 * @param {SrtpReceiver[]} receivers
 * @param {boolean} inPlace
 * @returns {Calls}
 */
function batches(senders, receivers, inPlace) {
  const sender = at(senders, 0);
  const receiver = at(receivers, 0);
  /** @type {Buffer[][]} */
  let packets = [];
  /** @type {Buffer[][] | undefined[]} */
  let outs = [];
  /** @type {Uint8Array[][]} */
  const protectedBatches = [];
  /** @type {(Uint8Array | undefined)[][]} */
  const results = [];
  return {
    prepare(tick) {
      if (packets.length > 0) return; // the same memory in every tick
      packets = slices(inPlace ? tick.copies : tick.packets, tick.batch);
      outs = inPlace ? slices(tick.rooms, tick.batch) : packets.map(() => undefined);
    },
    protect() {
      for (let i = 0; i < packets.length; i++)
        protectedBatches[i] = sender.protectBatch(at(packets, i), outs[i]);
    },
    unprotect() {
      for (let i = 0; i < packets.length; i++) {
        const batch = at(protectedBatches, i);
        results[i] = inPlace ? receiver.unprotectBatch(batch, batch) : receiver.unprotectBatch(batch);
      }
    },
    gather(tick) {
      tick.protectedPackets = protectedBatches.flat();
      tick.results = results.flat();
    },
  };
}

/**
 * @template T
 * @param {readonly T[]} list
 * @param {number} index within it
 */
const at = (list, index) => /** @type {T} */ (list[index]);

/**
 * @template T
 * @param {readonly T[]} list
 * @param {number} size
 */
const slices = (list, size) =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));

/** @type {Record<string, (senders: SrtpSender[], receivers: SrtpReceiver[]) => Calls>} */
const CALLS = {
  single,
  'single-out': singleInPlace,
  batch: (senders, receivers) => batches(senders, receivers, false),
  'batch-out': (senders, receivers) => batches(senders, receivers, true),
};

await serveSrtp(
  () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    return { version: `dtlslib ${version}`, profiles: PROFILES };
  },
  (keys, call) => {
    const calls = CALLS[call];
    if (calls === undefined) throw new Error(`no such call: ${call}`);
    const senders = keys.map((options) => new SrtpSender(options));
    const receivers = keys.map((options) => new SrtpReceiver(options));
    return {
      ...calls(senders, receivers),
      refuses: (session, packet) => at(receivers, session).unprotect(packet) === undefined,
    };
  },
);
