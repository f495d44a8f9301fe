// @ts-check
/**
 * SRTP packets in werift, in a process of their own. Talks as `../lib/serve-srtp.mjs` says.
 *
 * werift takes header and payload apart and writes the header itself; its header objects are made before the clock
 * starts. It gives back the packet and the header it has read. It keeps no list of what it has received: a packet that
 * comes twice is taken twice.
 */
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { serveSrtp } from '../lib/serve-srtp.mjs';

const require = createRequire(import.meta.url);
// Its SRTP sessions are not among the package's entry points; the file is reached by its path.
const manifest = require.resolve('werift').replace(/lib[\\/]webrtc[\\/].*$/, 'package.json');
const library = manifest.replace(/package\.json$/, 'lib/');
const { SrtpSession } = require(`${library}rtp/src/srtp/srtp.js`);
const { RtpHeader } = require(`${library}rtp/src/rtp/rtp.js`);

/** Its name for a profile is the number in the registry of DTLS-SRTP. @type {Record<string, number>} */
const PROFILES = { SRTP_AES128_CM_SHA1_80: 1, SRTP_AEAD_AES_128_GCM: 7 };
const HEADER_LENGTH = 12;

/** @param {import('../lib/serve-srtp.mjs').SessionKeys} keys */
function sessionOf({ profile, masterKey, masterSalt }) {
  const keys = {
    localMasterKey: masterKey,
    localMasterSalt: masterSalt,
    remoteMasterKey: masterKey,
    remoteMasterSalt: masterSalt,
  };
  return new SrtpSession({ keys, profile: PROFILES[profile] });
}

await serveSrtp(
  () => ({
    version: `werift ${JSON.parse(readFileSync(manifest, 'utf8')).version}`,
    profiles: Object.keys(PROFILES),
  }),
  (keys) => {
    const senders = keys.map(sessionOf);
    const receivers = keys.map(sessionOf);
    /** @type {any[]} */
    const headers = [];
    /** @type {Buffer[]} */
    const payloads = [];
    return {
      prepare({ packets }) {
        for (const [i, packet] of packets.entries()) {
          headers[i] = new RtpHeader({
            payloadType: packet.readUInt8(1),
            sequenceNumber: packet.readUInt16BE(2),
            timestamp: packet.readUInt32BE(4),
            ssrc: packet.readUInt32BE(8),
          });
          payloads[i] ??= packet.subarray(HEADER_LENGTH);
        }
      },
      protect({ packets, protectedPackets }) {
        let session = 0;
        for (let i = 0; i < packets.length; i++) {
          protectedPackets[i] = senders[session].encrypt(payloads[i], headers[i]);
          if (++session === senders.length) session = 0;
        }
      },
      unprotect({ protectedPackets, results }) {
        let session = 0;
        for (let i = 0; i < protectedPackets.length; i++) {
          results[i] = receivers[session].decrypt(protectedPackets[i]);
          if (++session === receivers.length) session = 0;
        }
      },
      refuses(session, packet) {
        try {
          receivers[session].decrypt(Buffer.from(packet));
          return false;
        } catch {
          return true;
        }
      },
    };
  },
);
