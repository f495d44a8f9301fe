import { afterAll, expect, test } from 'vitest';
import { createCertificate } from '../../src/certificate/create.ts';
import { Endpoint } from './lib/endpoint.ts';
import { EXPORTER_LABEL, readReport, startClient, startServer } from './lib/openssl.ts';
import { PeerCertificates } from './lib/peer-certificates.ts';
import type { Program } from './lib/program.ts';
import { Relay, type Tamper } from './lib/relay.ts';
import { describeWith, named } from './lib/suites.ts';

const SRTP = 'SRTP_AEAD_AES_128_GCM';

/** What a network does to datagrams, by a rule and not by chance. */
const NETWORKS: readonly { name: string; network: () => Tamper }[] = [
  ...Array.from({ length: 6 }, (_, n) => ({ name: `datagram ${n} is lost`, network: () => losing([n]) })),
  { name: 'datagrams 1, 2 and 5 are lost', network: () => losing([1, 2, 5]) },
  { name: 'every datagram comes twice', network: () => (datagram) => [datagram, datagram] },
  { name: 'every two datagrams change places', network: swapping },
];

function losing(lost: readonly number[]): Tamper {
  let count = 0;
  return (datagram) => (lost.includes(count++) ? [] : [datagram]);
}

/** Holds every other datagram of a direction back until the next one has gone. */
function swapping(): Tamper {
  const held = new Map<string, Buffer>();
  return (datagram, direction) => {
    const before = held.get(direction);
    if (before === undefined) {
      held.set(direction, datagram);
      return [];
    }
    held.delete(direction);
    return [datagram, before];
  };
}

const certificates = new PeerCertificates();
const certificate = createCertificate();
afterAll(() => certificates.dispose());

async function expectConnected(endpoint: Endpoint, program: Program): Promise<void> {
  expect(await endpoint.outcome()).toBe('connected');
  const { keyingMaterial } = await readReport(program);
  const exported = endpoint.connection.exportKeyingMaterial(keyingMaterial.length / 2, EXPORTER_LABEL);
  expect(Buffer.from(exported).toString('hex')).toBe(keyingMaterial);
}

// Datagrams of 300 bytes on both sides make flights of several datagrams.
describeWith('openssl').each(['client', 'server'] as const)('openssl, DTLS 1.2, us as %s, and', (role) => {
  test.each(named(NETWORKS, ({ name }) => name))('%s: complete with equal keys', async (_, { network }) => {
    const theirs = await certificates.of('ecdsa-p256');
    const ourOptions = {
      role,
      certificate,
      remoteFingerprints: [theirs.fingerprint],
      srtpProfiles: [SRTP],
      mtu: 300,
    };
    const theirOptions = { certificate: theirs, srtpProfiles: [SRTP] as const, mtu: 328 };
    if (role === 'client') {
      await using program = await startServer({ ...theirOptions, requireClientCertificate: true });
      await using relay = await Relay.open(program.port, network());
      await using endpoint = await Endpoint.open(ourOptions, relay.port);
      await expectConnected(endpoint, program);
    } else {
      await using endpoint = await Endpoint.open({ ...ourOptions, cookieExchange: true });
      await using relay = await Relay.open(endpoint.port, network());
      await using program = startClient(theirOptions, relay.port);
      await expectConnected(endpoint, program);
    }
  });

  test('every datagram comes twice: each message is handed out once', async () => {
    const theirs = await certificates.of('ecdsa-p256');
    const ourOptions = { role, certificate, remoteFingerprints: [theirs.fingerprint], srtpProfiles: [SRTP] };
    const theirOptions = { certificate: theirs, srtpProfiles: [SRTP] as const };
    const twice: Tamper = (datagram) => [datagram, datagram];
    const check = async (endpoint: Endpoint, program: Program): Promise<void> => {
      await expectConnected(endpoint, program);
      program.write('one');
      await endpoint.receivedMessages(1);
      program.write('two');
      expect(await endpoint.receivedMessages(2)).toEqual(['one\n', 'two\n']);
      await endpoint.until(
        () => endpoint.connection.stats.discards.replayed !== undefined,
        'the copy to be dropped',
      );
      endpoint.send('three\n');
      endpoint.send('four\n');
      await program.waitFor(/three\nfour\n/);
      expect(endpoint.messages).toHaveLength(2);
    };
    if (role === 'client') {
      await using program = await startServer(theirOptions);
      await using relay = await Relay.open(program.port, twice);
      await using endpoint = await Endpoint.open(ourOptions, relay.port);
      await check(endpoint, program);
    } else {
      await using endpoint = await Endpoint.open(ourOptions);
      await using relay = await Relay.open(endpoint.port, twice);
      await using program = startClient(theirOptions, relay.port);
      await check(endpoint, program);
    }
  });
});
