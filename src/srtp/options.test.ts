import { describe, expect, it } from 'vitest';
import { rtpPacket, senderReport } from '../../test/interop/lib/rtp.ts';
import { CM, codeOf, GCM, keyOf, receiverOf, SUITES, senderOf, titled } from '../../test/lib/srtp.ts';
import { SrtpReceiver, SrtpSender } from './index.ts';

const VALUE = 'ERR_INVALID_ARG_VALUE';
const bare = { profile: CM.profile };
const base = { ...bare, ...keyOf(CM) };

describe('options that are right', () => {
  it.each(titled(SUITES))('%s: keys of its lengths, and of no others', (_, row) => {
    for (const length of [0, 12, 14, 15, 16, 17, 24, 30, 32, 46]) {
      const wrongKey = codeOf(() => senderOf(row, { masterKey: new Uint8Array(length) }));
      expect(wrongKey).toBe(length === row.masterKeyLength ? undefined : VALUE);
      const wrongSalt = codeOf(() => receiverOf(row, { masterSalt: new Uint8Array(length) }));
      expect(wrongSalt).toBe(length === row.masterSaltLength ? undefined : VALUE);
    }
  });

  it('the limits themselves', () => {
    for (const options of [
      { replayWindow: 64 },
      { replayWindow: 32_768 },
      { lifetime: 1 },
      { lifetime: 2 ** 31 },
      { mki: new Uint8Array(1) },
      { mki: new Uint8Array(128) },
      { encryptedHeaderExtensions: [] },
      { encryptedHeaderExtensions: [1, 255, 255] },
    ]) {
      expect(codeOf(() => senderOf(CM, options))).toBeUndefined();
      expect(codeOf(() => receiverOf(CM, options))).toBeUndefined();
    }
    for (const options of [
      { maximumStreams: 1 },
      { maximumStreams: 2 ** 32 },
      { cryptex: 'required' as const },
    ])
      expect(codeOf(() => receiverOf(CM, options))).toBeUndefined();
  });

  it('undefined is as left out', () => {
    const options = {
      ...base,
      mki: undefined,
      masterKeys: undefined,
      replayWindow: undefined,
      lifetime: undefined,
      unencryptedRtcp: undefined,
      encryptedHeaderExtensions: undefined,
      cryptex: undefined,
    };
    const receiver = new SrtpReceiver({ ...options, maximumStreams: undefined, onDiscard: undefined });
    expect(receiver.unprotect(new SrtpSender(options).protect(rtpPacket()))).toBeDefined();
  });

  it('one master key of several, without MKI, is as one key', () => {
    const sender = new SrtpSender({ ...bare, masterKeys: [keyOf(CM)] });
    expect(sender.overhead).toBe(10);
    expect(receiverOf(CM).unprotect(sender.protect(rtpPacket()))).toBeDefined();
  });

  it('an MKI of 128 bytes goes with each packet', () => {
    const mki = new Uint8Array(128).fill(9);
    for (const row of [CM, GCM]) {
      const [sender, receiver] = [senderOf(row, { mki }), receiverOf(row, { mki })];
      expect(receiver.unprotect(sender.protect(rtpPacket()))).toBeDefined();
      expect(receiver.unprotectRtcp(sender.protectRtcp(senderReport()))).toBeDefined();
      expect([sender.overhead, receiver.overhead]).toEqual([128 + row.tagLength, 128 + row.tagLength]);
    }
  });

  it('what is changed in the options afterwards changes nothing', () => {
    const options = {
      ...base,
      mki: Uint8Array.of(1),
      masterKey: new Uint8Array(base.masterKey),
      encryptedHeaderExtensions: [1],
    };
    const [sender, receiver] = [new SrtpSender(options), new SrtpReceiver(options)];
    options.masterKey.fill(0);
    options.mki.fill(0);
    options.encryptedHeaderExtensions.push(2);
    const fresh = new SrtpReceiver({ ...base, mki: Uint8Array.of(1), encryptedHeaderExtensions: [1] });
    const extension = { profile: 0xbede, data: Buffer.of(0x21, 1, 2, 0) };
    const srtp = sender.protect(rtpPacket({ extension }));
    expect(Buffer.from(srtp).subarray(16, 20)).toEqual(extension.data);
    expect([receiver, fresh].map((end) => end.unprotect(srtp) !== undefined)).toEqual([true, true]);
    expect(codeOf(() => sender.useMasterKey(Uint8Array.of(1)))).toBeUndefined();
  });
});
