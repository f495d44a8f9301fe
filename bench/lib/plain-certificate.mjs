// @ts-check
/** Certificates for measuring `node:crypto` alone, without the library. */
import { randomBytes, sign } from 'node:crypto';

/** @param {number} tag @param {Buffer[]} parts */
function der(tag, ...parts) {
  const body = Buffer.concat(parts);
  const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}
const OID_ECDSA_WITH_SHA256 = der(0x30, der(0x06, Buffer.from('2a8648ce3d040302', 'hex')));
const OID_COMMON_NAME = der(0x06, Buffer.from('550403', 'hex'));
/**
 * A self-signed P-256 certificate in DER, of the kind that WebRTC uses.
 * @param {{ spki: Buffer, privateKey: import('node:crypto').KeyObject }} key
 */
export function makeCertificate({ spki, privateKey }) {
  const name = der(0x30, der(0x31, der(0x30, OID_COMMON_NAME, der(0x0c, Buffer.from('bench')))));
  const validity = der(
    0x30,
    der(0x17, Buffer.from('240101000000Z')),
    der(0x17, Buffer.from('440101000000Z')),
  );
  const version = der(0xa0, der(0x02, Buffer.from([2])));
  const serial = der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)]));
  const signed = der(0x30, version, serial, OID_ECDSA_WITH_SHA256, name, validity, name, spki);
  const signature = der(0x03, Buffer.from([0]), sign('sha256', signed, privateKey));
  return der(0x30, signed, OID_ECDSA_WITH_SHA256, signature);
}
