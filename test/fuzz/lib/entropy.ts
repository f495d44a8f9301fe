import {
  createECDH,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  type KeyObject,
} from 'node:crypto';
import { fromHex } from '../../../src/bytes/bytes.ts';
import { nodeCrypto } from '../../../src/crypto/node/index.ts';
import type { KeyShare } from '../../../src/crypto/provider.ts';
import type { GroupName } from '../../../src/registry/groups.ts';

/* Nothing of a case is left to chance, so that a recorded handshake can be played again, and a failure too. */

/** PKCS #8 up to the 32 bytes of an X25519 key (RFC 8410 §7). */
const X25519_PKCS8 = '302e020100300506032b656e04220420';

/** Bytes that are the same for the same words. */
function fixed(words: string, length: number): Uint8Array {
  return new Uint8Array(createHash('shake256', { outputLength: length }).update(words).digest());
}

/** For the option `random` of a connection. */
export function fixedRandom(owner: string): (length: number) => Uint8Array {
  let calls = 0;
  return (length) => fixed(`random ${owner} ${calls++}`, length);
}

let genuineShare = nodeCrypto.generateKeyShare;
const references = new Map<GroupName, KeyShare>();
const shares = new Map<string, KeyShare>();
let acting = '';

/** A share made by the library itself, to judge the peer's keys as it does. */
function reference(group: GroupName): KeyShare {
  const known = references.get(group) ?? genuineShare(group);
  references.set(group, known);
  return known;
}

function fixedShare(group: GroupName): KeyShare {
  const name = `${group} ${acting}`;
  const share = shares.get(name) ?? (group === 'X25519' ? x25519Share(name) : nistShare(group, name));
  shares.set(name, share);
  return {
    group,
    publicKey: new Uint8Array(share.publicKey),
    agree(peer) {
      const judged = reference(group).agree(peer);
      const secret = share.agree(peer);
      if ((judged === undefined) !== (secret === undefined))
        throw new Error(`two shares of ${group} do not agree on whether a public key is valid`);
      return secret;
    },
  };
}

function x25519Share(name: string): KeyShare {
  const der = Buffer.concat([Buffer.from(X25519_PKCS8, 'hex'), fixed(name, 32)]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return {
    group: 'X25519',
    publicKey: new Uint8Array(spki.subarray(-32)),
    agree(peer) {
      const key = (x: string): KeyObject =>
        createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
      return attempt(() =>
        diffieHellman({ privateKey, publicKey: key(Buffer.from(peer).toString('base64url')) }),
      );
    },
  };
}

function nistShare(group: 'P-256' | 'P-384', name: string): KeyShare {
  const ecdh = createECDH(group === 'P-256' ? 'prime256v1' : 'secp384r1');
  ecdh.setPrivateKey(fixed(name, group === 'P-256' ? 32 : 48));
  return {
    group,
    publicKey: new Uint8Array(ecdh.getPublicKey()),
    agree: (peer) => (peer[0] === 4 ? attempt(() => ecdh.computeSecret(peer)) : undefined),
  };
}

function attempt(agree: () => Uint8Array): Uint8Array | undefined {
  try {
    return new Uint8Array(agree());
  } catch {
    return undefined;
  }
}

/** Key shares are those of whoever acts, and the same each time. */
export function actingAs<T>(owner: string, act: () => T): T {
  if (nodeCrypto.generateKeyShare !== fixedShare) {
    genuineShare = nodeCrypto.generateKeyShare;
    nodeCrypto.generateKeyShare = fixedShare;
  }
  acting = owner;
  return act();
}

const ORDER = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');

const toBigInt = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);

function inverse(value: bigint): bigint {
  let [a, b, x, y] = [value % ORDER, ORDER, 1n, 0n];
  while (a > 1n) {
    const q = a / b;
    [a, b, x, y] = [b, a % b, y, x - q * y];
  }
  return ((x % ORDER) + ORDER) % ORDER;
}

/** ECDSA on P-256 with SHA-256 whose nonce comes from key and data, for OpenSSL takes a random one. */
export function fixedSignature(privateKey: Uint8Array, data: Uint8Array): Uint8Array {
  const digest = createHash('sha256').update(data).digest();
  const nonce = fixed(`nonce ${Buffer.from(privateKey).toString('hex')} ${digest.toString('hex')}`, 32);
  const point = createECDH('prime256v1');
  point.setPrivateKey(nonce);
  const r = toBigInt(point.getPublicKey().subarray(1, 33)) % ORDER;
  const s = (inverse(toBigInt(nonce)) * (toBigInt(digest) + r * toBigInt(privateKey))) % ORDER;
  const integer = (value: bigint): Uint8Array => {
    const hex = value.toString(16);
    const bytes = fromHex(hex.length % 2 === 0 ? hex : `0${hex}`);
    const body = (bytes[0] ?? 0) > 127 ? [0, ...bytes] : [...bytes];
    return Uint8Array.of(2, body.length, ...body);
  };
  const body = [...integer(r), ...integer(s)];
  return Uint8Array.of(0x30, body.length, ...body);
}
