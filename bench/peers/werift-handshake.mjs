// @ts-check
/**
 * Full DTLS 1.2 handshakes in werift, client and server in one thread, datagrams handed over in memory.
 * Talks as `../lib/serve-handshakes.mjs` says.
 *
 * werift does less than the other two: it checks neither the signature of ServerKeyExchange nor
 * CertificateVerify nor Finished. It does more in one thing: its server always sends a cookie first.
 */
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { serveHandshakes } from '../lib/serve-handshakes.mjs';

const require = createRequire(import.meta.url);
// Its DTLS is not among the package's entry points; the files are reached by their path.
const manifest = require.resolve('werift').replace(/lib[\\/]webrtc[\\/].*$/, 'package.json');
const library = manifest.replace(/package\.json$/, 'lib/');
const { DtlsClient, DtlsServer } = require(`${library}dtls/src/index.js`);
const { CipherContext } = require(`${library}dtls/src/context/cipher.js`);

const KEYING_MATERIAL_LENGTH = 60;
const SIGNATURE_HASH = { hash: 4, signature: 3 }; // SHA-256 with ECDSA
const SRTP_AES128_CM_SHA1_80 = 1;
const X25519 = 29;
const TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 = 0xc02b;

/** @param {Uint8Array} der */
const sha256 = (der) => createHash('sha256').update(der).digest();

async function makeIdentity() {
  const { certPem, keyPem } = await CipherContext.createSelfSignedCertificateWithKey(SIGNATURE_HASH, X25519);
  return { cert: certPem, key: keyPem, fingerprint: sha256(new X509Certificate(certPem).raw) };
}

function transportPair() {
  const address = ['127.0.0.1', 1];
  const make = () => ({
    type: 'udp',
    address: { address: '127.0.0.1', port: 1, family: 'IPv4' },
    closed: false,
    /** @type {any} */
    peer: undefined,
    /** @param {Buffer} _data @param {unknown} _address */
    onData(_data, _address) {},
    async close() {},
    /** @param {Uint8Array} data */
    async send(data) {
      const copy = Buffer.from(data);
      queueMicrotask(() => this.peer.onData(copy, address));
    },
  });
  const left = make();
  const right = make();
  left.peer = right;
  right.peer = left;
  return [left, right];
}

/** @typedef {Awaited<ReturnType<typeof makeIdentity>>} Identity */

/**
 * @param {{ client: Identity, server: Identity }} pair
 * @returns {Promise<any>} the client
 */
async function handshake(pair) {
  const [clientTransport, serverTransport] = transportPair();
  const options = {
    signatureHash: SIGNATURE_HASH,
    srtpProfiles: [SRTP_AES128_CM_SHA1_80],
    certificateRequest: true,
    extendedMasterSecret: true,
  };
  const server = new DtlsServer({
    ...options,
    cert: pair.server.cert,
    key: pair.server.key,
    transport: serverTransport,
  });
  const client = new DtlsClient({
    ...options,
    cert: pair.client.cert,
    key: pair.client.key,
    transport: clientTransport,
  });
  await new Promise((resolve, reject) => {
    let sides = 0;
    const connected = () => ++sides === 2 && resolve(undefined);
    for (const side of [client, server]) {
      side.onConnect.subscribe(connected);
      side.onError.subscribe(reject);
    }
    client.connect().catch(reject);
  });
  if (
    !sha256(client.remoteCertificate).equals(pair.server.fingerprint) ||
    !sha256(server.remoteCertificate).equals(pair.client.fingerprint)
  ) {
    throw new Error('a fingerprint does not match');
  }
  const ofClient = client.exportKeyingMaterial('EXTRACTOR-dtls_srtp', KEYING_MATERIAL_LENGTH);
  const ofServer = server.exportKeyingMaterial('EXTRACTOR-dtls_srtp', KEYING_MATERIAL_LENGTH);
  if (!ofClient.equals(ofServer)) throw new Error('the keys of the two sides differ');
  return client;
}

const makePair = async () => ({ client: await makeIdentity(), server: await makeIdentity() });

await serveHandshakes({
  async about() {
    const client = await handshake(await makePair());
    const { cipherSuite, remoteKeyPair } = client.cipher;
    return {
      version: `werift ${JSON.parse(readFileSync(manifest, 'utf8')).version}`,
      protocol: 'DTLSv1.2',
      cipherSuite:
        cipherSuite === TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
          ? 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'
          : cipherSuite,
      group: remoteKeyPair.curve === X25519 ? 'X25519' : remoteKeyPair.curve,
      srtpProfile: client.srtp.srtpProfile === SRTP_AES128_CM_SHA1_80 ? 'SRTP_AES128_CM_SHA1_80' : 'none',
      extendedMasterSecret: client.dtls.remoteExtendedMasterSecret,
    };
  },
  makePair,
  handshake,
});
process.exit(0); // its retransmission timers would hold the process
