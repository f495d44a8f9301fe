import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { createCertificate } from '../../src/certificate/create.ts';
import type { KeyType } from '../../src/registry/algorithms.ts';
import { SRTP_PROFILES } from '../../src/registry/srtp-profiles.ts';
import { Endpoint } from './lib/endpoint.ts';
import { rebuildKeyingMaterial } from './lib/exchange.ts';
import { keyingMaterialLength, readReport, ServerProgram } from './lib/openssl.ts';
import { PeerCertificates } from './lib/peer-certificates.ts';
import { describeWith, named } from './lib/suites.ts';

const KEY_TYPES: readonly KeyType[] = ['ecdsa-p256', 'ecdsa-p384', 'rsa'];

const ROWS = named(
  KEY_TYPES.flatMap((keyType) => SRTP_PROFILES.map(({ name }) => ({ keyType, profile: name }))),
  ({ keyType, profile }) => `${keyType}, ${profile}`,
);

const certificates = new PeerCertificates();
let compiled: Promise<string> | undefined;
afterAll(() => certificates.dispose());

/** Compiles the server at the first call. */
function serverProgram(): Promise<string> {
  const compile = async (): Promise<string> => {
    const program = join(certificates.folder, 'openssl-server');
    const source = fileURLToPath(new URL('lib/openssl-server.c', import.meta.url));
    await promisify(execFile)('cc', ['-O1', '-o', program, source, '-lssl', '-lcrypto']);
    return program;
  };
  compiled ??= compile();
  return compiled;
}

// `openssl s_server` asks for a cookie whatever it is told, and closes its socket before it could say goodbye.
describeWith('cc')('a libssl server that asks for no cookie, us as client', () => {
  test.each(ROWS)(
    '%s: same keys, data both ways, close_notify from the server',
    async (_, { keyType, profile }) => {
      const theirs = await certificates.of(keyType);
      const length = String(keyingMaterialLength(profile));
      await using program = await new ServerProgram(await serverProgram(), [
        ...[theirs.certFile, theirs.keyFile, profile, length],
      ]).listening();
      await using endpoint = await Endpoint.open(
        {
          role: 'client',
          certificate: createCertificate(),
          remoteFingerprints: [theirs.fingerprint],
          srtpProfiles: [profile],
        },
        program.port,
      );
      expect(await endpoint.outcome()).toBe('connected');
      const report = await readReport(program);
      expect(report).toMatchObject({ srtpProfile: profile, extendedMasterSecret: true });
      expect(rebuildKeyingMaterial('client', endpoint.connection)).toBe(report.keyingMaterial);
      expect(endpoint.traces).not.toContainEqual(
        expect.objectContaining({ message: 'hello_verify_request' }),
      );

      endpoint.send('a line from dtlslib\n');
      await program.waitFor(/a line from dtlslib/);
      program.write('a line from libssl');
      expect(await endpoint.receivedMessages(1)).toEqual(['a line from libssl\n']);
      program.write('Q');
      expect(await endpoint.ended()).toBeUndefined();
      expect(endpoint.connection.state).toBe('closed');
    },
  );
});
