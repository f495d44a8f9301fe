// @ts-check
/** The measured work on our side: one full handshake between two `DtlsConnection`s in one thread. */
import { createCertificate, DtlsConnection } from '../../dist/index.js';

const KEYING_MATERIAL_LENGTH = 60;
const LABEL = 'EXTRACTOR-dtls_srtp';
/** A handshake takes two round trips; with more turns than this it has stalled. */
const MAXIMUM_TURNS = 10;

/** @typedef {import('../../dist/index.js').Certificate} Certificate */
/** @typedef {{ certificate: Certificate, fingerprint: string }} Identity */
/** @typedef {{ client: Identity, server: Identity }} Pair */

/** @returns {Identity} */
function makeIdentity() {
  const certificate = createCertificate({ keyType: 'ecdsa-p256' });
  return { certificate, fingerprint: `sha-256 ${certificate.fingerprint('sha-256')}` };
}

/** @returns {Pair} */
export const makePair = () => ({ client: makeIdentity(), server: makeIdentity() });

/**
 * @param {'client' | 'server'} role
 * @param {Identity} own
 * @param {Identity} peer
 */
function connectionOf(role, own, peer) {
  return new DtlsConnection({
    role,
    certificate: own.certificate,
    remoteFingerprints: [peer.fingerprint],
    versions: ['DTLSv1.2'],
    cipherSuites: ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
    groups: ['X25519', 'P-256'],
    srtpProfiles: ['SRTP_AES128_CM_SHA1_80'],
  });
}

/**
 * Hands everything that `from` has to send over to `to`, and says whether `from` is connected by now.
 * @param {DtlsConnection} from
 * @param {DtlsConnection} to
 */
function deliver(from, to) {
  for (let output = from.poll(); output !== undefined; output = from.poll()) {
    if (output.type === 'datagram') to.receive(output.datagram, 0);
    else if (output.type === 'closed') throw output.error ?? new Error('closed during the handshake');
  }
  return from.state === 'connected';
}

/**
 * One handshake, from two new connections to keys that were compared.
 * @param {Pair} pair
 * @param {(client: DtlsConnection) => void} [inspect] sees the client before it is destroyed
 */
export function handshake(pair, inspect) {
  const { client, server } = connect(pair);
  inspect?.(client);
  client.destroy();
  server.destroy();
}

/**
 * Two new connections, brought to keys that were compared.
 * @param {Pair} pair
 */
export function connect(pair) {
  const client = connectionOf('client', pair.client, pair.server);
  const server = connectionOf('server', pair.server, pair.client);
  server.start(0);
  client.start(0);
  let connected = false;
  for (let turn = 0; turn < MAXIMUM_TURNS && !connected; turn++) {
    const clientConnected = deliver(client, server);
    connected = deliver(server, client) && clientConnected;
  }
  if (!connected) throw new Error(`handshake stalled: client ${client.state}, server ${server.state}`);
  const ofClient = client.exportKeyingMaterial(KEYING_MATERIAL_LENGTH, LABEL);
  const ofServer = server.exportKeyingMaterial(KEYING_MATERIAL_LENGTH, LABEL);
  if (Buffer.compare(ofClient, ofServer) !== 0) throw new Error('the keys of the two sides differ');
  return { client, server };
}
