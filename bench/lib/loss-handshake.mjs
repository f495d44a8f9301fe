// @ts-check
/** One handshake of a client with a server over a bad network, timed at the network. */
import { reasonOf } from './command-line.mjs';
import { Relay } from './loss-relay.mjs';

/** What takes longer has not completed. */
export const LIMIT_MS = 60_000;

/**
 * @typedef {() => void | Promise<void>} Close
 * @typedef {(port: number) => { connected: Promise<unknown>, close: Close }} Connect `connected`: when the client says
 *   so; rejected when it gives up
 * @typedef {() => Promise<{ port: number, close: Close }>} Listen
 *
 * @typedef {object} Outcome
 * @property {number} handshake its number
 * @property {number | undefined} milliseconds undefined when it did not complete
 * @property {string | undefined} reason why it did not
 * @property {number} sent datagrams, of both sides
 * @property {number} lost of them
 * @property {boolean} cookie whether the server asked for one
 * @property {number} late by how many ms a datagram was delayed too long, at most
 */

/**
 * @param {{ connect: Connect, listen: Listen }} sides
 * @param {import('./loss-relay.mjs').Network} network
 * @param {number} handshake its number
 * @returns {Promise<Outcome>}
 */
export async function playHandshake({ connect, listen }, network, handshake) {
  const server = await listen();
  try {
    const relay = await Relay.open(server.port, network, handshake);
    try {
      const client = connect(relay.port);
      try {
        const both = Promise.all([relay.finished, client.connected]).then(([milliseconds]) => milliseconds);
        const end = await withinLimit(both);
        return { handshake, ...end, ...relay.seen };
      } finally {
        await client.close();
      }
    } finally {
      relay.close();
    }
  } finally {
    await server.close();
  }
}

/** @param {Promise<number>} finished */
async function withinLimit(finished) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${LIMIT_MS / 1000} s`)), LIMIT_MS);
  });
  try {
    return { milliseconds: await Promise.race([finished, late]), reason: undefined };
  } catch (error) {
    return { milliseconds: undefined, reason: reasonOf(error) };
  } finally {
    clearTimeout(timer);
  }
}
