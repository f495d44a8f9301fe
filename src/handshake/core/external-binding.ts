import { sameBytes } from '../../bytes/bytes.ts';
import { DtlsError } from '../../errors/dtls-error.ts';
import { ExtensionType } from '../../registry/extension-types.ts';
import { readExternalIdHash, writeExternalIdHash } from '../../wire/extensions/external-id-hash.ts';
import { readExternalSessionId, writeExternalSessionId } from '../../wire/extensions/external-session-id.ts';
import { malformed } from './refusal.ts';

/** A value that each side tells the other through signalling and, bound to the keys by Finished, in its hello. */
export interface ExternalBinding {
  readonly local: Uint8Array;
  /** What the peer is to send; undefined: anything. */
  readonly remote: Uint8Array | undefined;
  /** Whether a peer that does not know the extension is refused. */
  readonly required: boolean;
}

/** What ties a handshake to the session that was signalled, against unknown key-share attacks (RFC 8844). */
export interface ExternalBindings {
  /** §4.3 */
  readonly externalSessionId: ExternalBinding | undefined;
  /** §3.2 */
  readonly externalIdHash: ExternalBinding | undefined;
}

type Extensions = ReadonlyMap<number, Uint8Array>;

const EXTENSIONS = [
  {
    option: 'externalSessionId',
    name: 'external_session_id',
    section: '§4.3',
    read: readExternalSessionId,
    write: writeExternalSessionId,
  },
  {
    option: 'externalIdHash',
    name: 'external_id_hash',
    section: '§3.2',
    read: readExternalIdHash,
    write: writeExternalIdHash,
  },
] as const;

/** Adds ours to a hello: to a ClientHello, or to a ServerHello what is in the `offer` that it answers. */
export function addExternalBindings(
  config: ExternalBindings,
  extensions: Map<number, Uint8Array>,
  offer?: Extensions,
): void {
  for (const { option, name, write } of EXTENSIONS) {
    const binding = config[option];
    const type = ExtensionType[name];
    if (binding !== undefined && offer?.has(type) !== false) extensions.set(type, write(binding.local));
  }
}

/**
 * Holds what the peer's hello has against what it has signalled: another value is illegal_parameter, one that does not
 * follow its syntax decode_error. None at all passes unless it is required (RFC 8844 §3.2, §4.3).
 */
export function checkExternalBindings(config: ExternalBindings, hello: Extensions): void {
  for (const { option, name, section, read } of EXTENSIONS) {
    const data = hello.get(ExtensionType[name]);
    const value = data && read(data);
    if (data !== undefined && value === undefined) throw malformed(name, data);
    const { remote, required = false } = config[option] ?? {};
    if (value === undefined ? !required : remote === undefined || sameBytes(value, remote)) continue;
    throw new DtlsError(
      'ERR_DTLS_ILLEGAL_PARAMETER',
      value === undefined
        ? `The peer's hello has no ${name} (RFC 8844 ${section}), which is required.`
        : `The peer's ${name} is not the one that it has signalled: the handshake belongs to another session (RFC 8844 ${section}).`,
    );
  }
}
