import { describe, expect, it } from 'vitest';
import { noise, rtpPacket, SSRC, senderReport } from '../../test/interop/lib/rtp.ts';
import {
  CM,
  codeOf,
  DTLS_SUITES,
  GCM,
  hex,
  keyOf,
  NULL,
  receiverOf,
  SDES_SUITES,
  SUITES,
  type Suite,
  senderOf,
  suiteOf,
  titled,
} from '../../test/lib/srtp.ts';
import { SrtpReceiver, SrtpSender } from './index.ts';
import { SRTP_SUITES, srtpParameters } from './profiles.ts';

const PLAINTEXT = noise(200, 5);
const RTP = rtpPacket({ payload: PLAINTEXT });
const RTCP = Buffer.concat([senderReport(), noise(100, 6)]);

/** Whether any 4 bytes of the plaintext in a row are anywhere in what was sent. */
function shows(sent: Uint8Array, plaintext: Uint8Array): boolean {
  const haystack = Buffer.from(sent);
  for (let at = 0; at + 4 <= plaintext.length; at++)
    if (haystack.includes(Buffer.from(plaintext.subarray(at, at + 4)))) return true;
  return false;
}

describe('the profiles and crypto suites there are', () => {
  it('are these', () => {
    expect([...SRTP_SUITES].sort()).toEqual(SUITES.map(({ profile }) => profile).sort());
  });

  it.each(titled(SUITES))('%s: cipher, lengths and name', (_, row) => {
    const { profile: name, ...rest } = row;
    expect(srtpParameters(name)).toMatchObject({ name, ...rest });
    for (const end of [senderOf(row), receiverOf(row)]) {
      expect([end.profile, end.overhead, end.rtcpOverhead]).toEqual([
        name,
        row.tagLength,
        row.rtcpTagLength + 4,
      ]);
    }
  });

  it('IANA’s spelling of a profile is taken, and OpenSSL’s given', () => {
    for (const row of DTLS_SUITES) {
      const profile = row.profile.replace('_SHA1_', '_HMAC_SHA1_');
      const sender = new SrtpSender({ profile, ...keyOf(row) });
      expect(sender.profile).toBe(row.profile);
      expect(hex(new SrtpReceiver({ profile, ...keyOf(row) }).unprotect(sender.protect(RTP)))).toBe(hex(RTP));
    }
  });

  it('other names are not', () => {
    for (const name of [
      '',
      'srtp_aes128_cm_sha1_80',
      'AES_CM_128_SHA1_80',
      'F8_128_HMAC_SHA1_80',
      'toString',
    ])
      expect(srtpParameters(name), name).toBeUndefined();
  });

  it('a crypto suite of SDES and the profile of DTLS-SRTP that is the same make the same packets', () => {
    for (const [dtls, sdes] of [
      ['SRTP_AES128_CM_SHA1_80', 'AES_CM_128_HMAC_SHA1_80'],
      ['SRTP_AES128_CM_SHA1_32', 'AES_CM_128_HMAC_SHA1_32'],
      ['SRTP_AEAD_AES_128_GCM', 'AEAD_AES_128_GCM'],
      ['SRTP_AEAD_AES_256_GCM', 'AEAD_AES_256_GCM'],
    ] as const) {
      expect(hex(senderOf(suiteOf(dtls)).protect(RTP))).toBe(hex(senderOf(suiteOf(sdes)).protect(RTP)));
    }
  });
});

describe.each(titled([...DTLS_SUITES, ...SDES_SUITES]))('%s: nothing falls back (S26)', (_, row) => {
  it(`the plaintext is ${row.cipher === 'null' ? 'where the profile says so' : 'nowhere in what is sent'}`, () => {
    const sent = [
      senderOf(row).protect(RTP).subarray(12),
      senderOf(row).protectBatch([RTP])[0]?.subarray(12) ?? new Uint8Array(),
      senderOf(row).protectRtcp(RTCP).subarray(8),
    ];
    expect(sent.map((bytes, i) => shows(bytes, i === 2 ? RTCP.subarray(8) : PLAINTEXT))).toEqual(
      sent.map(() => row.cipher === 'null'),
    );
    // Header and SSRC are not hidden (RFC 3711 §3.1, §3.4).
    expect(hex(senderOf(row).protect(RTP).subarray(0, 12))).toBe(hex(RTP.subarray(0, 12)));
  });

  it('the ciphertext is not the same twice: it depends on sequence number, SSRC, roll-over counter and key', () => {
    if (row.cipher === 'null') return;
    const payload = (sender: SrtpSender, sequenceNumber: number, ssrc: number): string =>
      hex(sender.protect(rtpPacket({ sequenceNumber, ssrc, payload: new Uint8Array(16) })).subarray(12, 28));
    const sender = senderOf(row);
    const later = senderOf(row);
    later.setRollOverCounter(1, 1);
    const other = senderOf(row, keyOf(row, 2));
    const all = [
      payload(sender, 1, 1),
      payload(sender, 2, 1),
      payload(sender, 1, 2),
      payload(later, 1, 1),
      payload(other, 1, 1),
    ];
    expect(new Set(all).size).toBe(5);
  });

  it('plain RTP and RTCP are not taken', () => {
    const receiver = receiverOf(row);
    expect([receiver.unprotect(RTP), receiver.unprotectRtcp(RTCP)]).toEqual([undefined, undefined]);
    expect([receiver.stats.packets, receiver.stats.rtcpPackets]).toEqual([0, 0]);
  });

  it('SRTCP is not taken for SRTP with the same keys, nor SRTP for SRTCP', () => {
    const receiver = receiverOf(row, { unencryptedRtcp: true });
    expect(receiver.unprotect(senderOf(row).protectRtcp(RTCP))).toBeUndefined();
    expect(receiver.unprotectRtcp(senderOf(row).protect(RTP))).toBeUndefined();
  });

  it('after destroy() a sender throws, and a receiver discards', () => {
    const [sender, receiver] = [senderOf(row), receiverOf(row)];
    const [srtp, srtcp] = [sender.protect(RTP), sender.protectRtcp(RTCP)];
    receiver.unprotect(srtp);
    for (const end of [sender, receiver]) {
      end.destroy();
      end.destroy();
    }
    const out = new Uint8Array(500).fill(0xee);
    const calls = [
      () => sender.protect(rtpPacket({ sequenceNumber: 2 }), out),
      () => sender.protectBatch([]),
      () => sender.protectRtcp(RTCP, out),
      () => sender.setRollOverCounter(1, 1),
      () => sender.setRtcpIndex(1, 1),
      () => receiver.setRollOverCounter(1, 1),
    ];
    expect(calls.map(codeOf)).toEqual(calls.map(() => 'ERR_INVALID_STATE'));
    expect(() => sender.protect(RTP)).toThrow('The SrtpSender was destroyed.');
    expect([receiver.unprotect(srtp, out), receiver.unprotectRtcp(srtcp, out)]).toEqual([
      undefined,
      undefined,
    ]);
    expect(receiver.unprotectBatch([srtp, new Uint8Array(3)])).toEqual([undefined, undefined]);
    expect(receiver.stats).toEqual({ packets: 1, rtcpPackets: 0, discards: { not_open: 4 } });
    for (const end of [sender, receiver]) expect(end.rollOverCounter(SSRC)).toBeUndefined();
    expect(out.every((byte) => byte === 0xee)).toBe(true);
  });
});

describe('profiles that do not match', () => {
  it('a packet of one is not opened as another, where the tags differ', () => {
    const rows: readonly Suite[] = [CM, suiteOf('SRTP_AES128_CM_SHA1_32'), GCM];
    for (const from of rows)
      for (const to of rows) {
        const opened = receiverOf(to).unprotect(senderOf(from).protect(RTP));
        expect(opened !== undefined, `${from.profile} to ${to.profile}`).toBe(from === to);
      }
  });

  it('NULL and AES-CM have their tags in common: what comes out is not the plaintext', () => {
    const opened = receiverOf(CM).unprotect(senderOf(NULL).protect(RTP));
    expect(opened !== undefined && shows(opened, PLAINTEXT)).toBe(false);
  });
});
