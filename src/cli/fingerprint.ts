import { parsePem } from '../certificate/pem.ts';
import { Certificate, formatFingerprint } from '../index.ts';
import { HASH_LENGTH, type HashName } from '../registry/algorithms.ts';
import type { Values } from './arguments.ts';
import { type Command, CommandError } from './command.ts';
import { readTextFile } from './files.ts';
import { type Io, printLine } from './io.ts';

const HASHES: readonly HashName[] = Object.keys(HASH_LENGTH) as HashName[];

export const fingerprintCommand: Command = {
  name: 'fingerprint',
  summary: 'prints the fingerprint of a certificate file, as SDP has it',
  positionals: ['FILE'],
  options: [{ name: 'hash', value: 'NAME', help: `one of ${HASHES.join(', ')}; default sha-256` }],
  description: [
    'Prints the fingerprint of the first certificate in a PEM file: the hash of the whole certificate,',
    'which the peer is told (in SDP: a=fingerprint:) and checks in the handshake.',
  ],
  examples: ['dtlslib fingerprint cert.pem'],
  run: (values, io) => printFingerprint(values, io),
};

function printFingerprint(values: Values, io: Io): number {
  const hash = values.oneOf('hash', HASHES) ?? 'sha-256';
  const file = values.positional(0);
  const der = parsePem('CERTIFICATE', readTextFile(file))[0];
  if (der === undefined)
    throw new CommandError(`${file}: no "-----BEGIN CERTIFICATE-----" in it; a PEM file is wanted`);
  const certificate = Certificate.fromDer([der]);
  try {
    void certificate.x509;
  } catch {
    throw new CommandError(`${file}: what it holds as a certificate is not X.509`);
  }
  printLine(io.stdout, formatFingerprint({ algorithm: hash, value: certificate.fingerprint(hash) }));
  return 0;
}
