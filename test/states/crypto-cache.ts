import { Buffer } from 'node:buffer';
import { copy } from '../../src/bytes/bytes.ts';
import type { Certificate } from '../../src/certificate/certificate.ts';
import { nodeCrypto } from '../../src/crypto/node/index.ts';
import type { KeyShare, SigningKey, VerifyKey } from '../../src/crypto/provider.ts';

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

const MOST = 10_000;

/** Gives what was made before under the same name. */
function remembered<T>(made: Map<string, T>, name: string, make: () => T): T {
  const known = made.get(name);
  if (known !== undefined) return known;
  if (made.size === MOST) made.clear();
  const value = make();
  made.set(name, value);
  return value;
}

function rememberingShare(share: KeyShare): KeyShare {
  const secrets = new Map<string, Uint8Array | undefined>();
  return {
    group: share.group,
    publicKey: share.publicKey,
    agree: (peer) => {
      const secret = remembered(secrets, text(peer), () => share.agree(peer));
      return secret && copy(secret); // it will be overwritten
    },
  };
}

function rememberingKey(key: VerifyKey): VerifyKey {
  const verdicts = new Map<string, boolean>();
  return {
    keyType: key.keyType,
    verify: (scheme, data, signature) =>
      remembered(verdicts, `${scheme.id} ${signature.length} ${text(signature)}${text(data)}`, () =>
        key.verify(scheme, data, signature),
      ),
  };
}

function rememberSignatures(key: SigningKey): () => void {
  const { sign } = key;
  const signatures = new Map<string, Uint8Array>();
  key.sign = (scheme, data) =>
    copy(remembered(signatures, `${scheme.id} ${text(data)}`, () => sign.call(key, scheme, data)));
  return () => {
    key.sign = sign;
  };
}

/**
 * Has everyone take one and the same ephemeral key, and has what is the same each time be computed once: agreement,
 * signatures, checks of signatures, HMACs. With random numbers that are always the same, a handshake of which the like
 * was played before costs a tenth. Gives what undoes it.
 */
export function rememberCrypto(certificates: readonly Certificate[]): () => void {
  const { generateKeyShare, importPublicKey, hmac } = nodeCrypto;
  const shares = new Map<string, KeyShare>();
  nodeCrypto.generateKeyShare = (group) =>
    remembered(shares, group, () => rememberingShare(generateKeyShare(group)));
  const keys = new Map<string, VerifyKey | undefined>();
  nodeCrypto.importPublicKey = (spki) =>
    remembered(keys, text(spki), () => {
      const key = importPublicKey(spki);
      return key && rememberingKey(key);
    });
  const macs = new Map<string, Uint8Array>();
  nodeCrypto.hmac = (hash, key, data) =>
    copy(
      remembered(macs, `${hash} ${key.length} ${text(key)}${text(data)}`, () => copy(hmac(hash, key, data))),
    );
  const undo = certificates.flatMap(({ signingKey }) =>
    signingKey === undefined ? [] : [rememberSignatures(signingKey)],
  );
  return () => {
    Object.assign(nodeCrypto, { generateKeyShare, importPublicKey, hmac });
    for (const step of undo) step();
  };
}
