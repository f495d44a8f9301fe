// @ts-check
/** A bad network between one client and one server on loopback, which also holds the stopwatch. */
import { createHash } from 'node:crypto';
import dgram from 'node:dgram';
import { once } from 'node:events';

export const LOOPBACK = '127.0.0.1';

const CHANGE_CIPHER_SPEC = 20;
const HANDSHAKE = 22;
const HELLO_VERIFY_REQUEST = 3;

/** @typedef {'to-server' | 'to-client'} Direction */
/**
 * @typedef {object} Network
 * @property {number} loss probability that a datagram is lost, 0 to 1
 * @property {number} delay of each datagram, in ms
 * @property {number} seed
 */

/**
 * Decides by seed, handshake, direction and number of the datagram alone, so that every stack loses the same ones;
 * and of those lost at 5 % all are lost at 20 % too.
 * @param {Network} network
 * @param {number} handshake
 * @param {Direction} direction
 * @param {number} n which datagram of that direction
 */
function isLost({ loss, seed }, handshake, direction, n) {
  const hash = createHash('sha256').update(`${seed} ${handshake} ${direction} ${n}`).digest();
  return hash.readUInt32BE(0) / 2 ** 32 < loss;
}

/** @param {Buffer} datagram @returns {{ type: number, epoch: number, first: number | undefined }[]} */
function recordsOf(datagram) {
  const records = [];
  for (let at = 0; at + 13 <= datagram.length; at += 13 + datagram.readUInt16BE(at + 11)) {
    records.push({
      type: datagram.readUInt8(at),
      epoch: datagram.readUInt16BE(at + 3),
      first: datagram[at + 13],
    });
  }
  return records;
}

export async function openSocket() {
  const socket = dgram.createSocket('udp4');
  // A peer that has ended answers with ICMP, which is no concern of a network.
  socket.on('error', () => {});
  socket.bind(0, LOOPBACK);
  await once(socket, 'listening');
  return socket;
}

/** The client speaks to `port`; the server sees another port of ours. */
export class Relay {
  #front;
  #back;
  #network;
  #handshake;
  #clientPort = 0;
  /** @type {Set<NodeJS.Timeout>} */
  #underWay = new Set();
  #counts = { 'to-server': 0, 'to-client': 0 };
  #lost = 0;
  #late = 0;
  #cookie = false;
  #begun = 0;
  #missing = new Set(['ChangeCipherSpec', 'Finished']);
  /** @type {(milliseconds: number) => void} */
  #finish = () => {};

  /**
   * Milliseconds from the client's first datagram to the delivery of the server's Finished to the client, and of
   * its ChangeCipherSpec, which OpenSSL repeats in a datagram of its own and cannot do without.
   * @type {Promise<number>}
   */
  finished = new Promise((resolve) => {
    this.#finish = resolve;
  });

  /**
   * @param {number} serverPort
   * @param {Network} network
   * @param {number} handshake its number, which goes into the decisions
   */
  static async open(serverPort, network, handshake) {
    return new Relay(await openSocket(), await openSocket(), serverPort, network, handshake);
  }

  /**
   * @param {dgram.Socket} front
   * @param {dgram.Socket} back
   * @param {number} serverPort
   * @param {Network} network
   * @param {number} handshake
   */
  constructor(front, back, serverPort, network, handshake) {
    this.#front = front;
    this.#back = back;
    this.#network = network;
    this.#handshake = handshake;
    front.on('message', (datagram, { port }) => {
      if (this.#clientPort === 0) this.#begun = performance.now();
      this.#clientPort = port;
      this.#pass('to-server', () => back.send(datagram, serverPort, LOOPBACK));
    });
    back.on('message', (datagram) => {
      this.#pass('to-client', () => {
        front.send(datagram, this.#clientPort, LOOPBACK);
        this.#watch(datagram);
      });
    });
  }

  get port() {
    return this.#front.address().port;
  }

  /**
   * Datagrams that the two sides have sent, how many of them were lost, whether there was a cookie, and by how many
   * ms a datagram was delayed too long at most, which is the machine's doing.
   */
  get seen() {
    const sent = this.#counts['to-server'] + this.#counts['to-client'];
    return { sent, lost: this.#lost, cookie: this.#cookie, late: this.#late };
  }

  close() {
    for (const timer of this.#underWay) clearTimeout(timer);
    this.#front.close();
    this.#back.close();
  }

  /**
   * @param {Direction} direction
   * @param {() => void} deliver
   */
  #pass(direction, deliver) {
    if (isLost(this.#network, this.#handshake, direction, this.#counts[direction]++)) {
      this.#lost++;
      return;
    }
    const due = performance.now() + this.#network.delay;
    const timer = setTimeout(() => {
      this.#late = Math.max(this.#late, performance.now() - due);
      this.#underWay.delete(timer);
      deliver();
    }, this.#network.delay);
    this.#underWay.add(timer);
  }

  /** @param {Buffer} datagram that the client gets */
  #watch(datagram) {
    for (const { type, epoch, first } of recordsOf(datagram)) {
      if (type === HANDSHAKE && epoch === 0 && first === HELLO_VERIFY_REQUEST) this.#cookie = true;
      if (type === CHANGE_CIPHER_SPEC) this.#missing.delete('ChangeCipherSpec');
      if (type === HANDSHAKE && epoch === 1) this.#missing.delete('Finished');
    }
    if (this.#missing.size === 0) this.#finish(performance.now() - this.#begun);
  }
}
