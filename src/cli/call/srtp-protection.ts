import { wipe } from '../../bytes/bytes.ts';
import type { SrtpKeys } from '../../index.ts';
import { isRtcp, SrtpReceiver, SrtpSender } from '../../srtp/index.ts';
import type { MediaProtection } from './media.ts';

/** Protection with the keys of a handshake, which are overwritten here. */
export function srtpProtection({ profile, local, remote }: SrtpKeys): MediaProtection {
  const sender = new SrtpSender({ profile, ...local });
  const receiver = new SrtpReceiver({ profile, ...remote });
  for (const { masterKey, masterSalt } of [local, remote]) wipe(masterKey, masterSalt);
  return {
    profile,
    protectRtp: (packet) => sender.protect(packet),
    protectRtcp: (packet) => sender.protectRtcp(packet),
    unprotect: (packet) => {
      const kind = isRtcp(packet) ? 'rtcp' : 'rtp';
      const opened = kind === 'rtcp' ? receiver.unprotectRtcp(packet) : receiver.unprotect(packet);
      return opened === undefined ? undefined : { kind, packet: opened };
    },
    get discards() {
      return receiver.stats.discards;
    },
    destroy: () => {
      sender.destroy();
      receiver.destroy();
    },
  };
}
