import type { Certificate } from '../../../src/certificate/certificate.ts';
import { createCertificate } from '../../../src/certificate/create.ts';
import { SRTP_PROFILES } from '../../../src/registry/srtp-profiles.ts';
import { certificateOf, type EndOptions, fingerprintOf } from '../../lib/ends.ts';
import type { RoadOptions } from './road.ts';

const PROFILES: readonly string[] = SRTP_PROFILES.map(({ name }) => name).filter(
  (name) => !name.includes('NULL'),
);

/** Certificates that are used for a while, and then replaced by some that nobody has seen before. */
const POOL = 16;
/** Handshakes for which all others stay as they are, each time that one is replaced. */
const TURN = 20;

/** Gives each handshake options that differ from those before, the same ones in the same order for the same numbers. */
export class Variety {
  readonly #random: () => number;
  readonly #pool: Certificate[] = Array.from({ length: POOL }, () => createCertificate());
  #handshakes = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Which of a list comes next. */
  pick<T>(first: T, ...rest: readonly T[]): T {
    const list = [first, ...rest];
    return list[Math.floor(this.#random() * list.length)] ?? first;
  }

  /** Options of both ends, which know each other's fingerprint. */
  options(): RoadOptions {
    if (++this.#handshakes % TURN === 0) this.#pool[Math.floor(this.#random() * POOL)] = createCertificate();
    const client = this.#certificate();
    const server = this.#certificate();
    const srtpProfiles = [this.pick('SRTP_AES128_CM_SHA1_80', ...PROFILES)];
    const cookieExchange = this.pick(false, true);
    return {
      client: { ...this.#end(client, server), srtpProfiles },
      server: { ...this.#end(server, client), srtpProfiles, cookieExchange },
    };
  }

  #certificate(): Certificate {
    const [first, ...rest] = this.#pool;
    if (first === undefined) throw new Error('no certificates');
    // One in fifty is of another kind: RSA alone takes as long to sign as a whole handshake on P-256.
    return this.#random() < 0.02
      ? certificateOf(this.pick('rsa', 'ed25519', 'ecdsa-p384'), 'soak')
      : this.pick(first, ...rest);
  }

  #end(own: Certificate, peer: Certificate): EndOptions {
    return {
      certificate: own,
      remoteFingerprints: [fingerprintOf(peer)],
      mtu: this.pick(256, 1200, 16_000),
      trace: this.pick(false, false, false, true),
      keylog: this.pick(false, false, false, true),
      logger: this.pick({}, { info: () => undefined, debug: fail }),
      alpnProtocols: this.pick<readonly string[]>([], ['webrtc']),
      groups: this.pick(['X25519', 'P-256'] as const, ['X25519'] as const, ['P-256', 'X25519'] as const),
    };
  }
}

/** What a logger throws is passed over. */
function fail(): never {
  throw new Error('a logger that throws');
}
