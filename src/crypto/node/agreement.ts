import { Buffer } from 'node:buffer';
import {
  createECDH,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  type ECDH,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import type { GroupName } from '../../registry/groups.ts';
import type { KeyShare } from '../provider.ts';
import { randomBytes } from './digest.ts';

const X25519_LENGTH = 32;

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

/** An X25519 public key from its 32 bytes. JWK is the cheapest way in: 11 µs, where SPKI costs 180. */
function x25519PublicKey(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: base64url(raw) }, format: 'jwk' });
}

interface X25519Pair {
  readonly privateKey: KeyObject;
  readonly publicKey: Uint8Array;
}

const NO_X: string = base64url(new Uint8Array(X25519_LENGTH));

/**
 * A private key is 32 random bytes (RFC 7748 §6.1), and OpenSSL works out the public key as it imports them:
 * half the price of generating a pair and getting at its public key. A JWK has to name the public key as well;
 * up to Node 24 it is not looked at, from Node 26 on a wrong one is refused and `generatedPair` is used.
 */
function importedPair(): X25519Pair {
  const d = randomBytes(X25519_LENGTH);
  const key = { kty: 'OKP', crv: 'X25519', d: base64url(d), x: NO_X };
  d.fill(0);
  const privateKey = createPrivateKey({ key, format: 'jwk' });
  return { privateKey, publicKey: Buffer.from(privateKey.export({ format: 'jwk' }).x ?? '', 'base64url') };
}

/**
 * The public key is the agreement with the generator, u = 9 (RFC 7748 §4.1). To export it costs twice as much,
 * and the export of a key just generated can stop Node 20 for ever.
 */
function generatedPair(): X25519Pair {
  const u = new Uint8Array(X25519_LENGTH);
  u[0] = 9;
  basePoint ??= x25519PublicKey(u);
  const { privateKey } = generateKeyPairSync('x25519');
  return { privateKey, publicKey: diffieHellman({ privateKey, publicKey: basePoint }) };
}

let basePoint: KeyObject | undefined;

/** Whether this Node takes a private JWK at its word, as `importedPair` needs; found out at the first handshake. */
let canImport: boolean | undefined;

function probeImport(): boolean {
  try {
    const { privateKey, publicKey } = importedPair();
    const other = generatedPair();
    const ours = diffieHellman({ privateKey, publicKey: x25519PublicKey(other.publicKey) });
    const theirs = diffieHellman({ privateKey: other.privateKey, publicKey: x25519PublicKey(publicKey) });
    return ours.equals(theirs);
  } catch {
    return false;
  }
}

class X25519KeyShare implements KeyShare {
  readonly group: GroupName = 'X25519';
  readonly publicKey: Uint8Array;
  readonly #privateKey: KeyObject;

  constructor() {
    canImport ??= probeImport();
    const pair = canImport ? importedPair() : generatedPair();
    this.#privateKey = pair.privateKey;
    this.publicKey = pair.publicKey;
  }

  agree(peer: Uint8Array): Uint8Array | undefined {
    if (peer.length !== X25519_LENGTH) return undefined;
    try {
      // Refuses an all-zero result, that is, points of low order (RFC 8422 §5.11).
      return diffieHellman({ privateKey: this.#privateKey, publicKey: x25519PublicKey(peer) });
    } catch {
      return undefined;
    }
  }
}

const CURVE: Readonly<Record<Exclude<GroupName, 'X25519'>, { name: string; pointLength: number }>> = {
  'P-256': { name: 'prime256v1', pointLength: 65 },
  'P-384': { name: 'secp384r1', pointLength: 97 },
};

/** The only point format there is (RFC 8422 §5.1.2). */
const UNCOMPRESSED = 4;

class NistKeyShare implements KeyShare {
  readonly group: Exclude<GroupName, 'X25519'>;
  readonly publicKey: Uint8Array;
  readonly #ecdh: ECDH;

  constructor(group: Exclude<GroupName, 'X25519'>) {
    this.group = group;
    this.#ecdh = createECDH(CURVE[group].name);
    this.publicKey = this.#ecdh.generateKeys();
  }

  agree(peer: Uint8Array): Uint8Array | undefined {
    if (peer.length !== CURVE[this.group].pointLength || peer[0] !== UNCOMPRESSED) return undefined;
    try {
      return this.#ecdh.computeSecret(peer); // throws for a point that is not on the curve
    } catch {
      return undefined;
    }
  }
}

export function generateKeyShare(group: GroupName): KeyShare {
  return group === 'X25519' ? new X25519KeyShare() : new NistKeyShare(group);
}
