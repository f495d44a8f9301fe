// @ts-check
/**
 * Our side of many handshakes: a process in which each has a `DtlsConnection`, a UDP socket and a timer of its own.
 * It is told what to do, and tells what happens, by messages; `loss-ours.mjs` is at their other end.
 *
 *     loss-peer.mjs client|server CERT_FILE KEY_FILE FINGERPRINT_OF_PEER
 */
import { readFileSync } from 'node:fs';
import { Certificate, DtlsConnection } from '../../dist/index.js';
import { LOOPBACK, openSocket } from './loss-relay.mjs';
import { CIPHER_SUITE, GROUPS, SRTP_PROFILE } from './loss-terms.mjs';

/** @typedef {{ initialTimeout?: number, maximumTimeout?: number }} Timers */
/** @typedef {{ id: number, order: 'open', port: number | undefined, timers: Timers } | { id: number, order: 'close' }} Order */
/**
 * @typedef {{ id: number } & ({ news: 'open', port: number } | { news: 'connected' } | { news: 'failed', reason: string })} News
 */

const [role, certFile = '', keyFile = '', fingerprint = ''] = process.argv.slice(2);
if (role !== 'client' && role !== 'server') throw new Error(`role ${role}`);
const certificate = Certificate.fromPem({
  cert: readFileSync(certFile, 'utf8'),
  key: readFileSync(keyFile, 'utf8'),
});

/** @param {Timers} timers */
const connectionWith = (timers) =>
  new DtlsConnection({
    role: role === 'client' ? 'client' : 'server',
    certificate,
    remoteFingerprints: [fingerprint],
    versions: ['DTLSv1.2'],
    cipherSuites: [CIPHER_SUITE.iana],
    groups: GROUPS,
    srtpProfiles: [SRTP_PROFILE],
    ...(role === 'server' ? { cookieExchange: true } : {}),
    ...timers,
  });

/** @param {News} news */
const tell = (news) => process.send?.(news);

/**
 * @param {Order & { order: 'open' }} order `port`: of the server, for a client
 * @returns {Promise<() => void>} closes it
 */
async function open({ id, port, timers }) {
  const socket = await openSocket();
  const connection = connectionWith(timers);
  let peerPort = port;
  /** @type {NodeJS.Timeout | undefined} */
  let timer;

  const drain = () => {
    for (let output = connection.poll(); output !== undefined; output = connection.poll()) {
      if (output.type === 'datagram' && peerPort !== undefined)
        socket.send(output.datagram, peerPort, LOOPBACK);
      else if (output.type === 'connected') tell({ id, news: 'connected' });
      else if (output.type === 'closed')
        tell({ id, news: 'failed', reason: output.error?.message ?? 'closed' });
    }
    clearTimeout(timer);
    const next = connection.nextTimeout;
    if (next === undefined) return;
    const fire = () => {
      connection.handleTimeout(performance.now());
      drain();
    };
    timer = setTimeout(fire, Math.max(0, Math.ceil(next - performance.now())));
  };

  socket.on('message', (datagram, sender) => {
    peerPort ??= sender.port;
    connection.receive(datagram, performance.now());
    drain();
  });
  tell({ id, news: 'open', port: socket.address().port });
  connection.start(performance.now());
  drain();
  return () => {
    clearTimeout(timer);
    socket.close();
    connection.destroy();
  };
}

/** What closes each. @type {Map<number, Promise<() => void>>} */
const opened = new Map();

process.on('message', async (/** @type {Order} */ order) => {
  if (order.order === 'open') {
    opened.set(order.id, open(order));
    return;
  }
  const close = await opened.get(order.id);
  opened.delete(order.id);
  close?.();
});
process.on('disconnect', () => process.exit());
