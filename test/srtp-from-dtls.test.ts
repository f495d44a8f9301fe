import { describe, expect, it } from 'vitest';
import { ExtensionType } from '../src/registry/extension-types.ts';
import { SRTP_PROFILES, SrtpProfile } from '../src/registry/srtp-profiles.ts';
import { SrtpReceiver, SrtpSender } from '../src/srtp/index.ts';
import { readUseSrtp } from '../src/wire/extensions/use-srtp.ts';
import { rtpPacket, senderReport } from './interop/lib/rtp.ts';
import { makePair } from './lib/ends.ts';
import { expectConnected, expectRefusal } from './lib/expect.ts';
import { editClientHello } from './lib/hello-edits.ts';
import type { Pair } from './lib/pair.ts';
import { DTLS_SUITES, hex, titled } from './lib/srtp.ts';

type Side = 'client' | 'server';

const OPEN = 'SRTP_AES128_CM_SHA1_80';
const NULL_PROFILES = ['SRTP_NULL_SHA1_80', 'SRTP_NULL_SHA1_32'] as const;

/** Sender and receiver of one side, by the keys of its handshake. */
function mediaOf(pair: Pair, side: Side): { sender: SrtpSender; receiver: SrtpReceiver } {
  const { profile, local, remote } = pair[side].srtpKeys();
  return {
    sender: new SrtpSender({ profile, ...local }),
    receiver: new SrtpReceiver({ profile, ...remote }),
  };
}

/** The profiles of each ClientHello on its way. */
function watchOffers(pair: Pair): number[][] {
  const offers: number[][] = [];
  pair.path = editClientHello((hello) => {
    const data = hello.extensions.get(ExtensionType.use_srtp);
    offers.push([...(data === undefined ? [] : (readUseSrtp(data)?.profiles ?? []))]);
    return hello;
  });
  return offers;
}

describe.each(titled(DTLS_SUITES))('%s: from the handshake to packets (RFC 5764 §4.2)', (name, row) => {
  const pair = makePair({ srtpProfiles: [name] }, { srtpProfiles: [name] }).run();

  it('both ends have agreed on it, and have keys of its lengths', () => {
    expectConnected(pair);
    for (const side of ['client', 'server'] as const) {
      const { profile, local, remote } = pair[side].srtpKeys();
      expect([pair[side].srtpProfile, profile]).toEqual([name, name]);
      for (const { masterKey, masterSalt } of [local, remote])
        expect([masterKey.length, masterSalt.length]).toEqual([row.masterKeyLength, row.masterSaltLength]);
      expect(local.masterKey).not.toEqual(remote.masterKey);
    }
  });

  it.each([
    ['client', 'server'],
    ['server', 'client'],
  ] as const)('SRTP and SRTCP go from %s to %s', (from, to) => {
    const { sender } = mediaOf(pair, from);
    const { receiver } = mediaOf(pair, to);
    for (let sequenceNumber = 65_530; sequenceNumber < 65_540; sequenceNumber++) {
      const packet = rtpPacket({ sequenceNumber: sequenceNumber % 65_536 });
      expect(hex(receiver.unprotect(sender.protect(packet)))).toBe(hex(packet));
      expect(hex(receiver.unprotectRtcp(sender.protectRtcp(senderReport())))).toBe(hex(senderReport()));
    }
    expect(receiver.stats).toEqual({ packets: 10, rtcpPackets: 10, discards: {} });
  });

  it('what a side has sent does not open at that side, nor in another call', () => {
    const { sender, receiver } = mediaOf(pair, 'client');
    const other = makePair({ srtpProfiles: [name] }, { srtpProfiles: [name] }).run();
    const srtp = sender.protect(rtpPacket());
    for (const stranger of [receiver, mediaOf(other, 'server').receiver]) {
      expect(stranger.unprotect(srtp)).toBeUndefined();
      expect(stranger.stats.discards).toEqual({ bad_tag: 1 });
    }
  });
});

describe('NULL profiles in the handshake (S26)', () => {
  const encrypting = SRTP_PROFILES.map(({ name }) => name);

  it('are not among the profiles that encrypt', () => {
    expect(encrypting.filter((name) => name.includes('NULL'))).toEqual([]);
  });

  it('are not offered unless named; what is named is offered, in that order', () => {
    for (const srtpProfiles of [encrypting, [OPEN], [...NULL_PROFILES, OPEN]]) {
      const pair = makePair({ srtpProfiles }, { srtpProfiles: [OPEN] });
      const offers = watchOffers(pair);
      pair.run();
      const ids = srtpProfiles.map((name) => SrtpProfile[name as keyof typeof SrtpProfile]);
      expect(offers.length).toBeGreaterThan(0);
      for (const offer of offers) expect(offer).toEqual(ids);
    }
  });

  it('are not accepted unless named, though the client puts them first', () => {
    const pair = makePair(
      { srtpProfiles: [...NULL_PROFILES, ...encrypting] },
      { srtpProfiles: encrypting },
    ).run();
    expectConnected(pair);
    expect(pair.server.srtpProfile).toBe(encrypting[0]);
  });

  it('are not accepted by a server that puts them first, where the client does not offer them', () => {
    const pair = makePair({ srtpProfiles: [OPEN] }, { srtpProfiles: [...NULL_PROFILES, OPEN] }).run();
    expectConnected(pair);
    expect([pair.client.srtpProfile, pair.server.srtpProfile]).toEqual([OPEN, OPEN]);
  });

  it.each(NULL_PROFILES)('%s alone, against a peer that does not name it: no call', (name) => {
    for (const [client, server] of [
      [[name], encrypting],
      [encrypting, [name]],
    ] as const) {
      const pair = makePair({ srtpProfiles: client }, { srtpProfiles: server }).run();
      expectRefusal(pair, 'server', 'ERR_DTLS_NO_COMMON_SRTP_PROFILE', 'handshake_failure', /SRTP_NULL/);
    }
  });

  it.each(NULL_PROFILES)('%s is agreed on where both name it, and has the lengths of AES-CM', (name) => {
    const srtpProfiles = [name, OPEN];
    const pair = makePair({ srtpProfiles }, { srtpProfiles }).run();
    expectConnected(pair);
    const { profile, local } = pair.client.srtpKeys();
    expect([profile, local.masterKey.length, local.masterSalt.length]).toEqual([name, 16, 14]);
  });

  it('are not fallen back to: the server’s order decides', () => {
    const pair = makePair(
      { srtpProfiles: [...NULL_PROFILES, OPEN] },
      { srtpProfiles: [OPEN, ...NULL_PROFILES] },
    ).run();
    expect(pair.client.srtpProfile).toBe(OPEN);
  });
});
