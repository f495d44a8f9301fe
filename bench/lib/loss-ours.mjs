// @ts-check
/** Our clients and our servers: a process of each, used for all handshakes. */
import { EventEmitter, once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { end, startNode } from './loss-children.mjs';

/** @typedef {import('./loss-peer.mjs').Order} Order */
/** @typedef {import('./loss-peer.mjs').News} News */
/** @typedef {import('./loss-peer.mjs').Timers} Timers */
/** @typedef {import('./loss-identities.mjs').Identities} Identities */

const PROGRAM = fileURLToPath(new URL('./loss-peer.mjs', import.meta.url));

/** Events of an end: 'open' with its port, 'connected', and 'error'. */
class End extends EventEmitter {}

export class OurProcess {
  #child;
  #next = 0;
  /** @type {Map<number, End>} */
  #ends = new Map();

  /**
   * @param {'client' | 'server'} role
   * @param {Identities} identities
   */
  constructor(role, identities) {
    const { certFile, keyFile } = identities[role];
    const { fingerprint } = identities[role === 'client' ? 'server' : 'client'];
    this.#child = startNode(PROGRAM, [role, certFile, keyFile, fingerprint]);
    this.#child.on('message', (/** @type {News} */ news) => this.#hear(news));
    this.#child.on('exit', () => {
      for (const id of this.#ends.keys()) this.#hear({ id, news: 'failed', reason: 'its process has ended' });
    });
  }

  /** @param {Timers} timers */
  async listen(timers) {
    const { id, events } = this.#open(undefined, timers);
    const [port] = await once(events, 'open');
    return { port: Number(port), close: () => this.#close(id) };
  }

  /**
   * @param {number} port
   * @param {Timers} timers
   */
  connect(port, timers) {
    const { id, events } = this.#open(port, timers);
    return { connected: once(events, 'connected'), close: () => this.#close(id) };
  }

  end() {
    return end(this.#child);
  }

  /**
   * @param {number | undefined} port
   * @param {Timers} timers
   */
  #open(port, timers) {
    const id = this.#next++;
    const events = new End();
    // Who waits hears of it; a server that has failed is noticed by its client.
    events.on('error', () => {});
    this.#ends.set(id, events);
    this.#send({ id, order: 'open', port, timers });
    return { id, events };
  }

  /** @param {number} id */
  #close(id) {
    this.#ends.delete(id);
    this.#send({ id, order: 'close' });
  }

  /** @param {News} news */
  #hear(news) {
    const events = this.#ends.get(news.id);
    if (news.news === 'open') events?.emit('open', news.port);
    else if (news.news === 'connected') events?.emit('connected');
    else events?.emit('error', new Error(`dtlslib: ${news.reason}`));
  }

  /** @param {Order} order */
  #send(order) {
    if (this.#child.connected) this.#child.send(order);
  }
}
