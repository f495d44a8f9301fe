import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { DAY_SECONDS, KEY_TYPES } from '../certificate/create.ts';
import { createCertificateAsync, formatFingerprint } from '../index.ts';
import type { Values } from './arguments.ts';
import { type Command, UsageError } from './command.ts';
import { writeNewFile } from './files.ts';
import { type Io, printLine } from './io.ts';

export const certCommand: Command = {
  name: 'cert',
  summary: 'makes a key and a self-signed certificate, and prints its fingerprint',
  positionals: [],
  options: [
    { name: 'key-type', value: 'TYPE', help: `${KEY_TYPES.join(', ')}; default ecdsa-p256` },
    { name: 'bits', value: 'N', help: 'length of an RSA key, 2048 to 4096; default 2048' },
    { name: 'days', value: 'N', help: 'until it expires; default 30' },
    { name: 'cn', value: 'NAME', help: 'common name; default WebRTC' },
    { name: 'country', value: 'CC', help: 'country, two letters; default none' },
    { name: 'out', value: 'FILE', help: 'the certificate, in PEM; default cert.pem' },
    {
      name: 'key-out',
      value: 'FILE',
      help: 'its private key, in PEM, for you alone to read; default key.pem',
    },
    { name: 'force', help: 'replace files of these names' },
  ],
  description: [
    'Makes a key pair and a certificate signed by itself. Nobody else has to sign it: in DTLS-SRTP the',
    'peer learns its fingerprint, printed here, by another way (SDP), and compares.',
  ],
  examples: [
    'dtlslib cert',
    'dtlslib cert --key-type rsa --bits 3072 --cn example --out rsa.pem --key-out rsa.key',
  ],
  run: makeCertificate,
};

async function makeCertificate(values: Values, io: Io): Promise<number> {
  const out = values.text('out') ?? 'cert.pem';
  const keyOut = values.text('key-out') ?? 'key.pem';
  if (resolve(out) === resolve(keyOut)) throw new UsageError('--out and --key-out must be two files');
  const force = values.flag('force');
  const days = values.integer('days', 1, 36_500);
  const keyType = values.oneOf('key-type', KEY_TYPES);
  const modulusLength = values.integer('bits', 2048, 4096);
  if (modulusLength !== undefined && keyType !== 'rsa') throw new UsageError('--bits is for --key-type rsa');
  const certificate = await createCertificateAsync({
    keyType,
    modulusLength,
    lifetimeSeconds: days === undefined ? undefined : days * DAY_SECONDS,
    ...readName(values),
  });

  writeNewFile(out, certificate.pem, 0o644, force);
  try {
    writeNewFile(keyOut, certificate.privateKeyPem ?? '', 0o600, force);
  } catch (error) {
    rmSync(out, { force: true });
    throw error;
  }
  printLine(io.stdout, `certificate ${out} (${certificate.keyType}), private key ${keyOut}`);
  printLine(io.stdout, formatFingerprint({ algorithm: 'sha-256', value: certificate.fingerprint() }));
  return 0;
}

function readName(values: Values): { commonName: string | undefined; country: string | undefined } {
  const commonName = values.text('cn');
  if (commonName !== undefined && [...commonName].length > 64)
    throw new UsageError('--cn must have 1 to 64 characters');
  const country = values.text('country');
  if (country !== undefined && !/^[A-Za-z]{2}$/.test(country))
    throw new UsageError('--country must be two letters, such as DE');
  return { commonName, country };
}
