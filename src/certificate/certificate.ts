import { Buffer } from 'node:buffer';
import { copy, EMPTY, sameBytes } from '../bytes/bytes.ts';
import type { NodeSigningKey } from '../crypto/node/keys.ts';
import { importPrivateKeyPem } from '../crypto/node/keys.ts';
import { parseX509, type X509Certificate } from '../crypto/node/x509.ts';
import type { SigningKey } from '../crypto/provider.ts';
import { publicKeyType } from '../crypto/public-key-info.ts';
import { invalidArgument, invalidType } from '../errors/arguments.ts';
import type { HashName, KeyType } from '../registry/algorithms.ts';
import { certificateFingerprint } from './fingerprint.ts';
import { certificatePublicKey } from './parse.ts';
import { formatPem, parsePem } from './pem.ts';

/** PEM as text, or as the bytes of a file. */
export interface PemOptions {
  /** One or several CERTIFICATE blocks, the leaf first. */
  readonly cert: string | Uint8Array;
  /** The leaf's private key: PKCS#8, encrypted or not, or the traditional EC and RSA forms. */
  readonly key?: string | Uint8Array | undefined;
  /**
   * Opens an encrypted `key`, which throws ERR_INVALID_ARG_VALUE without it; not looked at for another. A string
   * counts as UTF-8.
   */
  readonly passphrase?: string | Uint8Array | undefined;
}

/** A certificate, with its chain and, when it is our own, its private key. */
export class Certificate {
  /** The leaf in DER. */
  readonly der: Uint8Array;
  /** DER, leaf first. */
  readonly chain: readonly Uint8Array[];
  readonly #key: NodeSigningKey | undefined;
  #x509: X509Certificate | undefined;

  /** For this library's own use: `chain` has a leaf and is copied, and `key` is the leaf's. */
  constructor(chain: readonly Uint8Array[], key?: NodeSigningKey) {
    this.chain = Object.freeze(chain.map(copy));
    this.der = this.chain[0] ?? EMPTY;
    this.#key = key;
    Object.freeze(this);
  }

  /**
   * Reads a certificate, its chain and its key.
   *
   * @throws ERR_INVALID_ARG_TYPE or ERR_INVALID_ARG_VALUE when something cannot be read, is of a kind not taken
   * here, or when the key is not the certificate's.
   */
  static fromPem(options: PemOptions): Certificate {
    if (typeof options !== 'object' || options === null) throw invalidType('options', 'an object', options);
    const chain = parsePem('CERTIFICATE', text('options.cert', options.cert));
    const leaf = chain[0];
    if (leaf === undefined) {
      throw invalidArgument(
        'The "options.cert" property must hold a PEM block "-----BEGIN CERTIFICATE-----"; none was found.',
      );
    }
    for (const der of chain) parseX509(der);
    const spki = certificatePublicKey(leaf);
    if (spki === undefined || publicKeyType(spki) === undefined) {
      throw invalidArgument(
        'The certificate in "cert" must have a key on P-256 or P-384 (uncompressed), Ed25519, or RSA of 1024 to 8192 bits.',
      );
    }
    if (options.key === undefined) return new Certificate(chain);

    const { passphrase } = options;
    if (passphrase !== undefined && typeof passphrase !== 'string' && !(passphrase instanceof Uint8Array)) {
      throw invalidType('options.passphrase', 'a string or bytes', passphrase);
    }
    const key = importPrivateKeyPem(text('options.key', options.key), passphrase);
    if (!sameBytes(key.spki, spki)) {
      throw invalidArgument('The private key in "key" does not belong to the first certificate in "cert".');
    }
    return new Certificate(chain, key);
  }

  /** A peer's certificates as they came, DER, leaf first. They are copied, and not looked into. */
  static fromDer(chain: readonly Uint8Array[]): Certificate {
    if (!Array.isArray(chain)) throw invalidType('chain', 'an array of DER certificates', chain);
    if (chain.length === 0) throw invalidArgument('The "chain" argument must have at least one certificate.');
    return new Certificate(
      chain.map((der) => {
        if (!(der instanceof Uint8Array)) throw invalidType('chain', 'an array of Uint8Array', der);
        return der;
      }),
    );
  }

  /** The chain in PEM, leaf first. */
  get pem(): string {
    return this.chain.map((der) => formatPem('CERTIFICATE', der)).join('');
  }

  /** The private key in PKCS#8 PEM, unencrypted; undefined for a certificate without its key. */
  get privateKeyPem(): string | undefined {
    return this.#key?.toPem();
  }

  get signingKey(): SigningKey | undefined {
    return this.#key;
  }

  /** @throws ERR_INVALID_ARG_VALUE for a peer's certificate whose key is of no kind that is taken here. */
  get keyType(): KeyType {
    const keyType = this.#key?.keyType ?? leafKeyType(this.der);
    if (keyType === undefined) throw invalidArgument('The certificate has no public key of a known kind.');
    return keyType;
  }

  /** Node's view of the leaf. @throws ERR_INVALID_ARG_VALUE for a peer's certificate that is not X.509. */
  get x509(): X509Certificate {
    this.#x509 ??= parseX509(this.der);
    return this.#x509;
  }

  /** Hex pairs in upper case, joined by colons, over the leaf's whole DER. */
  fingerprint(hash: HashName = 'sha-256'): string {
    return certificateFingerprint(this.der, hash);
  }

  /** What is public of it. */
  toJSON(): { keyType: KeyType | undefined; fingerprint: string; pem: string } {
    return {
      keyType: this.#key?.keyType ?? leafKeyType(this.der),
      fingerprint: `sha-256 ${this.fingerprint()}`,
      pem: this.pem,
    };
  }

  static {
    // What `util.inspect` shows; as a plain method, a computed name is not allowed under isolatedDeclarations.
    Object.defineProperty(Certificate.prototype, Symbol.for('nodejs.util.inspect.custom'), {
      value(this: Certificate): string {
        const keyType = this.#key?.keyType ?? leafKeyType(this.der) ?? 'unknown key';
        return `Certificate { ${keyType}, sha-256 ${this.fingerprint()}, ${this.#key === undefined ? 'without' : 'with'} private key }`;
      },
    });
  }
}

function leafKeyType(der: Uint8Array): KeyType | undefined {
  const spki = certificatePublicKey(der);
  return spki === undefined ? undefined : publicKeyType(spki);
}

function text(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
  throw invalidType(name, 'a string or bytes in PEM', value);
}
