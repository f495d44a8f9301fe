import { describe, expect, it, vi } from 'vitest';
import { certificateOf, fingerprintOf, makeEnd, makePair } from '../../test/lib/ends.ts';
import { expectConnected } from '../../test/lib/expect.ts';
import { Certificate } from '../certificate/certificate.ts';
import { DtlsConnection } from './dtls-connection.ts';
import type { DtlsConnectionOptions } from './options.ts';

const certificate = certificateOf();
const GOOD = {
  role: 'server',
  certificate,
  remoteFingerprints: [fingerprintOf(certificate)],
} as const;
const keyless = Certificate.fromDer(certificate.chain);

const make = (options: unknown): DtlsConnection => new DtlsConnection(options as DtlsConnectionOptions);

/** The error with which these options are refused. */
function refusal(options: unknown): Error & { code?: string } {
  try {
    make(options);
  } catch (error) {
    return error as Error;
  }
  throw new Error('not refused');
}

describe('new DtlsConnection(): an option that is wrong is named', () => {
  it.each<[name: string, code: string, change: object]>([
    ['role', 'ERR_INVALID_ARG_VALUE', { role: 'peer' }],
    ['role', 'ERR_INVALID_ARG_VALUE', { role: undefined }],
    ['certificate', 'ERR_INVALID_ARG_TYPE', { certificate: certificate.pem }],
    ['certificate', 'ERR_INVALID_ARG_TYPE', { certificate: null }],
    ['certificate', 'ERR_INVALID_ARG_VALUE', { certificate: keyless }],
    ['certificate', 'ERR_MISSING_ARGS', { certificate: undefined }],
    ['certificate', 'ERR_MISSING_ARGS', { certificate: undefined, certificates: [] }],
    ['certificates', 'ERR_INVALID_ARG_VALUE', { certificates: [certificate] }],
    ['certificates', 'ERR_INVALID_ARG_TYPE', { certificate: undefined, certificates: 'x' }],
    ['remoteFingerprints', 'ERR_INVALID_ARG_TYPE', { remoteFingerprints: 'sha-256 AB' }],
    ['remoteFingerprints', 'ERR_INVALID_ARG_VALUE', { remoteFingerprints: [] }],
    ['fingerprint', 'ERR_INVALID_ARG_TYPE', { remoteFingerprints: [5] }],
    ['fingerprint', 'ERR_INVALID_ARG_VALUE', { remoteFingerprints: ['sha-256'] }],
    ['verifyPeer', 'ERR_INVALID_ARG_TYPE', { remoteFingerprints: undefined, verifyPeer: 'ask' }],
    ['insecureNoPeerCheck', 'ERR_INVALID_ARG_TYPE', { insecureNoPeerCheck: 0 }],
    ['versions', 'ERR_INVALID_ARG_TYPE', { versions: 'DTLSv1.2' }],
    ['versions', 'ERR_INVALID_ARG_TYPE', { versions: [] }],
    ['versions', 'ERR_INVALID_ARG_VALUE', { versions: ['TLSv1.2'] }],
    ['versions', 'ERR_INVALID_ARG_VALUE', { versions: ['toString'] }],
    ['cipherSuites', 'ERR_INVALID_ARG_TYPE', { cipherSuites: 'ALL' }],
    ['cipherSuites', 'ERR_INVALID_ARG_TYPE', { cipherSuites: [] }],
    ['cipherSuites', 'ERR_INVALID_ARG_VALUE', { cipherSuites: ['TLS_RSA_WITH_AES_128_CBC_SHA'] }],
    ['groups', 'ERR_INVALID_ARG_VALUE', { groups: ['x25519'] }],
    ['signatureSchemes', 'ERR_INVALID_ARG_VALUE', { signatureSchemes: ['rsa_pkcs1_sha1'] }],
    ['srtpProfiles', 'ERR_INVALID_ARG_TYPE', { srtpProfiles: 'SRTP_AES128_CM_SHA1_80' }],
    ['srtpProfiles', 'ERR_INVALID_ARG_VALUE', { srtpProfiles: ['SRTP_NULL_SHA1_64'] }],
    ['srtpProfiles', 'ERR_INVALID_ARG_VALUE', { srtpProfiles: [1] }],
    ['srtpRequired', 'ERR_INVALID_ARG_TYPE', { srtpRequired: 'yes' }],
    ['requestCertificate', 'ERR_INVALID_ARG_TYPE', { requestCertificate: 1 }],
    ['requestCertificate', 'ERR_INVALID_ARG_VALUE', { requestCertificate: false }],
    ['extendedMasterSecret', 'ERR_INVALID_ARG_VALUE', { extendedMasterSecret: false }],
    ['alpnProtocols', 'ERR_INVALID_ARG_TYPE', { alpnProtocols: 'h2' }],
    ['alpnProtocols', 'ERR_INVALID_ARG_VALUE', { alpnProtocols: [''] }],
    ['alpnProtocols', 'ERR_INVALID_ARG_VALUE', { alpnProtocols: ['é'.repeat(128)] }],
    ['alpnProtocols', 'ERR_INVALID_ARG_VALUE', { alpnProtocols: [5] }],
    ['servername', 'ERR_INVALID_ARG_TYPE', { servername: 5 }],
    ['servername', 'ERR_INVALID_ARG_VALUE', { servername: 'two words' }],
    ['servername', 'ERR_INVALID_ARG_VALUE', { servername: 'a'.repeat(256) }],
    ['selectContext', 'ERR_INVALID_ARG_TYPE', { selectContext: {} }],
    ['sign', 'ERR_INVALID_ARG_VALUE', { sign: () => 1 }],
    ['mtu', 'ERR_OUT_OF_RANGE', { mtu: 255 }],
    ['mtu', 'ERR_OUT_OF_RANGE', { mtu: 65_536 }],
    ['mtu', 'ERR_OUT_OF_RANGE', { mtu: 1200.5 }],
    ['mtu', 'ERR_INVALID_ARG_TYPE', { mtu: '1200' }],
    ['initialTimeout', 'ERR_OUT_OF_RANGE', { initialTimeout: 0 }],
    ['maximumTimeout', 'ERR_OUT_OF_RANGE', { maximumTimeout: Number.POSITIVE_INFINITY }],
    ['handshakeTimeout', 'ERR_OUT_OF_RANGE', { handshakeTimeout: -1 }],
    ['handshakeTimeout', 'ERR_INVALID_ARG_TYPE', { handshakeTimeout: 5n }],
    ['cookieExchange', 'ERR_INVALID_ARG_TYPE', { cookieExchange: 'yes' }],
    ['trace', 'ERR_INVALID_ARG_TYPE', { trace: console.log }],
    ['keylog', 'ERR_INVALID_ARG_TYPE', { keylog: 'keys.log' }],
    ['random', 'ERR_INVALID_ARG_TYPE', { random: 4 }],
    ['logger', 'ERR_INVALID_ARG_TYPE', { logger: 'console' }],
    ['ca', 'ERR_FEATURE_UNAVAILABLE', { ca: certificate.pem }],
    ['session', 'ERR_FEATURE_UNAVAILABLE', { session: {} }],
    ['localConnectionId', 'ERR_FEATURE_UNAVAILABLE', { localConnectionId: new Uint8Array(1) }],
    ['admission', 'ERR_INVALID_ARG_TYPE', { role: 'server', certificate, admission: {} }],
  ])('%s: %s for %o', (name, code, change) => {
    const error = refusal({ ...GOOD, ...change });
    expect(error.code).toBe(code);
    expect(error.message.toLowerCase()).toContain(name.toLowerCase());
    expect(error.message).toMatch(/^[A-Z].*\.$/s);
  });

  it.each([undefined, null, 'options', 5])('options: %s', (options) => {
    expect(refusal(options).code).toBe('ERR_INVALID_ARG_TYPE');
  });

  it.each(['DTLSv1', 'DTLSv1.3'])('%s is refused rather than half done', (version) => {
    const error = refusal({ ...GOOD, versions: ['DTLSv1.2', version] });
    expect(error).toMatchObject({
      code: 'ERR_FEATURE_UNAVAILABLE',
      message: expect.stringContaining(version),
    });
  });

  it('takes every name there is, and the limits of every range', () => {
    const { cipherSuites, groups, signatureSchemes } = {
      cipherSuites: ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256'],
      groups: ['P-384', 'P-256', 'X25519'],
      signatureSchemes: ['ed25519'],
    } as const;
    for (const mtu of [256, 65_535]) {
      for (const timeout of [1, 3_600_000]) {
        const times = { initialTimeout: timeout, maximumTimeout: timeout, handshakeTimeout: 0 };
        make({ ...GOOD, cipherSuites, groups, signatureSchemes, mtu, versions: ['DTLSv1.2'], ...times });
      }
    }
  });
});

describe('who checks the peer is said in exactly one way', () => {
  const ways = {
    remoteFingerprints: GOOD.remoteFingerprints,
    verifyPeer: () => true,
    insecureNoPeerCheck: true,
  };
  const base = { role: 'server', certificate } as const;

  it.each(['client', 'server'])('none: ERR_MISSING_ARGS, and the ways are named (%s)', (role) => {
    for (const none of [{}, { insecureNoPeerCheck: false }]) {
      const error = refusal({ ...base, role, ...none });
      expect(error.code).toBe('ERR_MISSING_ARGS');
      for (const way of Object.keys(ways)) expect(error.message).toContain(way);
    }
  });

  it.each([
    ['remoteFingerprints', 'verifyPeer'],
    ['remoteFingerprints', 'insecureNoPeerCheck'],
    ['verifyPeer', 'insecureNoPeerCheck'],
  ] as const)('%s and %s: ERR_MISSING_ARGS', (a, b) => {
    const error = refusal({ ...base, [a]: ways[a], [b]: ways[b] });
    expect(error).toMatchObject({ code: 'ERR_MISSING_ARGS', message: expect.stringContaining('one way') });
  });

  it('not by what options have inherited: a polluted prototype decides nothing (S18)', () => {
    for (const [name, value] of Object.entries(ways)) {
      const inheriting = Object.assign(Object.create({ [name]: value }), base);
      expect(refusal(inheriting).code).toBe('ERR_MISSING_ARGS');
    }
  });

  it.each(Object.entries({ ...ways, later: undefined }))('%s alone is enough', (name, value) => {
    expect(
      make({ ...base, ...(name === 'later' ? { remoteFingerprints: 'later' } : { [name]: value }) }).state,
    ).toBe('new');
  });
});

describe('defaults', () => {
  it('mtu 1200; 400 ms with SRTP, else 1 s', () => {
    expect(make(GOOD)).toMatchObject({ mtu: 1200, initialTimeout: 1000, state: 'new' });
    expect(make({ ...GOOD, srtpProfiles: ['SRTP_AES128_CM_SHA1_80'] }).initialTimeout).toBe(400);
  });

  it('what has no value yet is undefined', () => {
    const connection = make(GOOD);
    for (const name of [
      'error',
      'protocol',
      'cipherSuite',
      'group',
      'srtpProfile',
      'alpnProtocol',
      'servername',
      'extendedMasterSecret',
      'reused',
      'remoteCertificate',
      'nextTimeout',
    ] as const) {
      expect(connection[name]).toBeUndefined();
    }
    expect(connection.remoteFingerprint()).toBeUndefined();
    expect(connection.stats).toEqual({
      datagramsSent: 0,
      datagramsReceived: 0,
      bytesSent: 0,
      bytesReceived: 0,
      messagesSent: 0,
      messagesReceived: 0,
      retransmissions: 0,
      timeouts: 0,
      discards: {},
    });
  });

  it('a list given may be changed afterwards without effect', () => {
    const list = [fingerprintOf(certificateOf('ecdsa-p256', 'server'))];
    const names = ['a'];
    const pair = makePair({ remoteFingerprints: list, alpnProtocols: names }, { alpnProtocols: ['a'] });
    list.length = 0;
    names[0] = 'b';
    expectConnected(pair.run());
    expect(pair.client.alpnProtocol).toBe('a');
  });
});

describe('setters and calls', () => {
  const code = (name: string): Error => expect.objectContaining({ code: name });

  it.each([255, 65_536, Number.NaN])('mtu = %s is out of range', (mtu) => {
    const connection = make(GOOD);
    expect(() => {
      connection.mtu = mtu;
    }).toThrow(code('ERR_OUT_OF_RANGE'));
    expect(connection.mtu).toBe(1200);
  });

  it('initialTimeout = 0 is out of range', () => {
    const connection = make(GOOD);
    expect(() => {
      connection.initialTimeout = 0;
    }).toThrow(code('ERR_OUT_OF_RANGE'));
  });

  it.each([undefined, Number.NaN, Number.POSITIVE_INFINITY, '5', 5n])(
    'now = %s is refused by every call',
    (wrong) => {
      const connection = make({ ...GOOD, remoteFingerprints: 'later' });
      const now = wrong as number;
      for (const call of [
        () => connection.start(now),
        () => connection.receive(new Uint8Array(1), now),
        () => connection.handleTimeout(now),
        () => connection.resolve(1, true, now),
        () => connection.setRemoteFingerprints([], now),
        () => connection.send(new Uint8Array(1), now),
        () => connection.close(now),
        () => connection.updateKeys(now),
      ]) {
        expect(call).toThrow(code('ERR_INVALID_ARG_TYPE'));
      }
      expect(connection.state).toBe('new');
    },
  );

  it('start() twice, or after the end: ERR_INVALID_STATE', () => {
    const connection = make(GOOD);
    connection.start(0);
    expect(() => connection.start(0)).toThrow(code('ERR_INVALID_STATE'));
    connection.destroy();
    expect(() => connection.start(0)).toThrow(code('ERR_INVALID_STATE'));
  });

  it('receive() takes bytes only; before the start they are dropped', () => {
    const connection = make(GOOD);
    expect(() => connection.receive('x' as unknown as Uint8Array, 0)).toThrow(code('ERR_INVALID_ARG_TYPE'));
    connection.receive(new Uint8Array(1), 0);
    expect(connection.stats.discards).toEqual({ not_open: 1 });
  });

  it('updateKeys() is for DTLS 1.3', () => {
    const { client } = makePair().run();
    expect(() => client.updateKeys(0)).toThrow(code('ERR_INVALID_STATE'));
  });

  it('destroy() is quiet, final, and may come twice', () => {
    const pair = makePair().run();
    pair.client.destroy();
    pair.client.destroy();
    expect(pair.client.poll()).toBeUndefined();
    expect(pair.client.state).toBe('closed');
    expect(() => pair.client.srtpKeys()).toThrow(code('ERR_INVALID_STATE'));
  });
});

describe('random', () => {
  it('gives hellos and cookies, and is asked for their lengths', () => {
    const random = vi.fn((length: number) => new Uint8Array(length).fill(7));
    const pair = makePair({ random }, { random, cookieExchange: true });
    expectConnected(pair.run());
    expect(random.mock.calls.map(([length]) => length)).toEqual([32, 32, 32]);
  });

  it.each([
    ['too few bytes', () => new Uint8Array(31)],
    ['text', () => 'x'.repeat(32) as unknown as Uint8Array],
    [
      'an error',
      () => {
        throw new Error('no entropy');
      },
    ],
  ])('that gives %s ends the handshake and nothing else', (_, random) => {
    const client = makeEnd('client', { random });
    expect(() => client.start(0)).not.toThrow();
    expect(client.state).toBe('failed');
  });
});

describe('logger', () => {
  it('is told of connections, ends and drops, and may throw', () => {
    const [warning, info, debug] = [
      vi.fn(),
      vi.fn(),
      vi.fn(() => {
        throw new Error('full disk');
      }),
    ];
    const pair = makePair({ logger: { warning, info, debug } }).run();
    expectConnected(pair);
    pair.client.receive(Uint8Array.of(1), 0);
    pair.client.close(0);
    expect(info).toHaveBeenCalled();
    expect(debug).toHaveBeenCalled();
    expect(warning).not.toHaveBeenCalled();
  });
});
