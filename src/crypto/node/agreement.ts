import { Buffer } from 'node:buffer';
import {
  createECDH,
  createPublicKey,
  diffieHellman,
  type ECDH,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import type { GroupName } from '../../registry/groups.ts';
import type { KeyShare } from '../provider.ts';
import { base64url } from './base64url.ts';

const X25519_LENGTH = 32;

/** An X25519 public key from its 32 bytes. JWK is the cheapest way in: 11 µs, where SPKI costs 180. */
function x25519PublicKey(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: base64url(raw) }, format: 'jwk' });
}

/**
 * The pair comes with its public key as a JWK at a tenth of the price of exporting it afterwards; and the export, as
 * a JWK, of a key that was generated before can stop Node 20 for ever, when it sets off the collection of what is
 * left of the generating. Here that is still in use.
 */
function generatePair(): { readonly privateKey: KeyObject; readonly publicKey: Uint8Array } {
  // The declarations know of no JWK here, and of no encoding for one half alone; Node has both (since 15.9).
  const generate = generateKeyPairSync as unknown as (
    type: 'x25519',
    options: { readonly publicKeyEncoding: { readonly format: 'jwk' } },
  ) => { readonly privateKey: KeyObject; readonly publicKey: { readonly x: string } };
  const { privateKey, publicKey } = generate('x25519', { publicKeyEncoding: { format: 'jwk' } });
  return { privateKey, publicKey: Buffer.from(publicKey.x, 'base64url') };
}

class X25519KeyShare implements KeyShare {
  readonly group: GroupName = 'X25519';
  readonly publicKey: Uint8Array;
  readonly #privateKey: KeyObject;

  constructor() {
    const { privateKey, publicKey } = generatePair();
    this.#privateKey = privateKey;
    this.publicKey = publicKey;
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
