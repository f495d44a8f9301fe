import { describe, expect, it } from 'vitest';
import { certificateOf, makePair } from '../../test/lib/ends.ts';
import { SIGNATURE_SCHEMES } from '../registry/signature-schemes.ts';

describe('memory that is handed out', () => {
  it('requests give no way to anything but the handshake message they are about (S28)', () => {
    const pair = makePair({ sign: 'request' }, { verifyPeer: 'request' }).start();
    const [sign] = pair.of('client', 'request');
    if (sign?.kind !== 'sign') throw new Error('no request to sign');
    expect(sign.data.buffer.byteLength).toBe(sign.data.length);
    expect(sign.certificate.buffer.byteLength).toBe(sign.certificate.length);
    const key = certificateOf('ecdsa-p256', 'client').signingKey;
    const scheme = SIGNATURE_SCHEMES.find(({ name }) => name === sign.scheme);
    if (key === undefined || scheme === undefined) throw new Error('no key');
    pair.client.resolve(sign.id, key.sign(scheme, sign.data), 0);
    const [verify] = pair.settle().of('server', 'request');
    if (verify?.kind !== 'verifyPeer') throw new Error('no request to verify');
    const [der] = verify.chain;
    // The Certificate message, which is public.
    expect(der?.buffer.byteLength).toBe((der?.length ?? 0) + 6);
  });

  it('datagrams, messages, keys and certificates have memory of their own', () => {
    const pair = makePair({}, {}).run();
    pair.client.send(Uint8Array.of(1, 2, 3), 0);
    pair.settle();
    const { local, remote } = pair.client.srtpKeys();
    const exported = pair.client.exportKeyingMaterial(40, 'EXPERIMENTAL x');
    const der = pair.client.remoteCertificate?.der ?? new Uint8Array(1);
    const [message] = pair.of('server', 'message');
    const own = [local.masterKey, local.masterSalt, remote.masterKey, remote.masterSalt, exported, der];
    for (const bytes of [...own, ...pair.sent.map(({ datagram }) => datagram)]) {
      expect(bytes.buffer.byteLength).toBe(bytes.length);
    }
    expect(message?.data.buffer.byteLength).toBe(3);
  });

  it('keys can be had until `closed` is polled, though the peer said goodbye right behind its Finished', () => {
    const pair = makePair({}, {}).run();
    const sent = pair.sent.length;
    pair.server.close(0);
    const keys: number[] = [];
    const goodbye = pair.server.poll();
    expect(sent).toBeGreaterThan(0);
    if (goodbye?.type === 'datagram') pair.client.receive(goodbye.datagram, 0);
    expect(pair.client.state).toBe('closed');
    keys.push(pair.client.srtpKeys().local.masterKey.length);
    pair.client.send(Uint8Array.of(1), 0); // dropped: the end was not told yet
    for (let output = pair.client.poll(); output !== undefined; output = pair.client.poll()) {
      expect(output.type === 'datagram' || output.type === 'closed').toBe(true);
    }
    expect(keys).toEqual([16]);
    expect(() => pair.client.srtpKeys()).toThrow(expect.objectContaining({ code: 'ERR_INVALID_STATE' }));
    expect(() => pair.client.send(Uint8Array.of(1), 0)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_STATE' }),
    );
  });
});
