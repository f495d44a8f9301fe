import { copy, utf8 } from '../bytes/bytes.ts';
import { checkBytes, invalidType, invalidValue, lengthOf, missingArgs } from '../errors/arguments.ts';
import type { ExternalBinding, ExternalBindings } from '../handshake/core/external-binding.ts';
import { BINDING_HASH_LENGTH } from '../wire/extensions/external-id-hash.ts';
import { EXTERNAL_SESSION_ID_LENGTH } from '../wire/extensions/external-session-id.ts';
import { checkFlag } from './option-readers.ts';
import type { DtlsConnectionOptions } from './options.ts';

const { min, max } = EXTERNAL_SESSION_ID_LENGTH;
/** `tls-id-value` of RFC 8842 §4. */
const TLS_ID = new RegExp(`^[A-Za-z0-9+/_-]{${min},${max}}$`);

/** What of a handshake is also signalled (RFC 8844). */
export function readExternalBindings(options: DtlsConnectionOptions): ExternalBindings {
  const externalSessionId = readBinding('externalSessionId', options.externalSessionId, readTlsId);
  const externalIdHash = readBinding('externalIdHash', options.externalIdHash, readHash);
  if (externalIdHash !== undefined && externalSessionId === undefined)
    throw missingArgs('The option "externalSessionId" must go with "externalIdHash" (RFC 8844 §3).');
  return { externalSessionId, externalIdHash };
}

function readBinding(
  name: string,
  option: unknown,
  read: (name: string, value: unknown) => Uint8Array,
): ExternalBinding | undefined {
  if (option === undefined) return undefined;
  if (typeof option !== 'object' || option === null)
    throw invalidType(`options.${name}`, 'an object { local, remote }', option);
  const { local, remote, required }: { [Name in keyof ExternalBinding]?: unknown } = option;
  checkFlag(`${name}.required`, required);
  return {
    local: read(`options.${name}.local`, local),
    remote: remote === undefined ? undefined : read(`options.${name}.remote`, remote),
    required: required === true,
  };
}

function readTlsId(name: string, value: unknown): Uint8Array {
  if (typeof value !== 'string') throw invalidType(name, 'a string, the tls-id of an SDP', value);
  if (!TLS_ID.test(value))
    throw invalidValue(name, `of ${min} to ${max} letters, digits, "+", "/", "-" or "_"`, value);
  return utf8(value);
}

function readHash(name: string, value: unknown): Uint8Array {
  checkBytes(name, value);
  if (value.length !== 0 && value.length !== BINDING_HASH_LENGTH)
    throw invalidValue(name, `of 0 or ${BINDING_HASH_LENGTH} bytes`, lengthOf(value));
  return copy(value);
}
