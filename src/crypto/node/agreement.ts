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

/** An X25519 public key from its 32 bytes. JWK is the cheapest way in: 11 µs, where SPKI costs 180. */
function x25519PublicKey(raw: Uint8Array): KeyObject {
  const x = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
}

const X25519_LENGTH = 32;

/** The generator, u = 9 (RFC 7748 §4.1); made when first needed, so that importing this costs nothing. */
let basePoint: KeyObject | undefined;

function x25519BasePoint(): KeyObject {
  if (basePoint === undefined) {
    const u = new Uint8Array(X25519_LENGTH);
    u[0] = 9;
    basePoint = x25519PublicKey(u);
  }
  return basePoint;
}

class X25519KeyShare implements KeyShare {
  readonly group: GroupName = 'X25519';
  readonly publicKey: Uint8Array;
  readonly #privateKey: KeyObject;

  constructor() {
    this.#privateKey = generateKeyPairSync('x25519').privateKey;
    // The public key is the agreement with the generator. Exporting it costs twice as much, and an export
    // of a key just generated can stop Node 20 for ever.
    this.publicKey = diffieHellman({ privateKey: this.#privateKey, publicKey: x25519BasePoint() });
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
