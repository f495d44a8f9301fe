import { toHex } from '../../../src/bytes/bytes.ts';
import { SrtpReceiver, SrtpSender } from '../../../src/srtp/index.ts';
import { SRTP_SUITES, srtpParameters } from '../../../src/srtp/profiles.ts';
import { noise as fill, goodbye, rtpPacket, senderReport, sourceDescription } from '../../interop/lib/rtp.ts';
import type { Case, Edit } from '../lib/edit.ts';
import { rtcp, rtp } from '../lib/grammars.ts';
import { MUTATION_NAMES, mutate } from '../lib/mutate.ts';
import { noise } from '../lib/random.ts';
import type { Target } from '../lib/target.ts';
import { insist, mustNotThrow } from '../lib/watched.ts';

/** Besides changes of bytes. */
const OPERATIONS: readonly string[] = ['drop', 'double', 'late', 'early', 'strangers', 'noise'];

const EXTENSION = { profile: 0xbede, data: Buffer.of(0x10, 0xaa, 0x21, 0xbb, 0xcc, 0, 0, 0) };
const TWO_BYTE = { profile: 0x1000, data: Buffer.of(1, 2, 9, 9, 0, 0, 3, 0) };

/** RTP of two sources, one of which begins shortly before its sequence numbers start again. */
const RTP: readonly Uint8Array[] = Array.from({ length: 24 }, (_, i) =>
  rtpPacket({
    ssrc: i % 3 === 0 ? 0x1111_1111 : 0xeeee_eeee,
    sequenceNumber: (i % 3 === 0 ? i : 65_528 + i) % 65_536,
    ...(i % 4 === 1 && { csrcs: [1, 2, 3] }),
    ...(i % 4 > 1 && { extension: i % 4 === 2 ? EXTENSION : TWO_BYTE }),
    payload: i % 5 === 0 ? 0 : 20 * i,
  }),
);
const RTCP: readonly Uint8Array[] = [
  senderReport(),
  Buffer.concat([senderReport(7, 2), sourceDescription(7)]),
  goodbye(7),
];

/** `PROFILE, VARIANT` */
function optionsOf(name: string): ConstructorParameters<typeof SrtpReceiver>[0] {
  const [profile = '', variant] = name.split(', ');
  const parameters = srtpParameters(profile);
  if (parameters === undefined) throw new Error(`no profile is called ${profile}`);
  const key = (seed: number): { masterKey: Uint8Array; masterSalt: Uint8Array } => ({
    masterKey: new Uint8Array(fill(parameters.masterKeyLength, seed)),
    masterSalt: new Uint8Array(fill(parameters.masterSaltLength, seed + 100)),
  });
  if (variant === 'simple') return { profile, ...key(1) };
  const masterKeys = [1, 2].map((seed) => ({ ...key(seed), mki: Uint8Array.of(0x80, seed) }));
  return { profile, masterKeys, cryptex: true, encryptedHeaderExtensions: [1, 2], unencryptedRtcp: true };
}

interface Protected {
  readonly rtp: readonly Uint8Array[];
  readonly rtcp: readonly Uint8Array[];
  /** What is in them, in hex. */
  readonly plain: ReadonlySet<string>;
}

const made = new Map<string, Protected>();

function protectedBy(name: string): Protected {
  const known = made.get(name);
  if (known !== undefined) return known;
  const sender = new SrtpSender(optionsOf(name) as ConstructorParameters<typeof SrtpSender>[0]);
  const media = RTP.map((packet) => new Uint8Array(sender.protect(packet)));
  const control = RTCP.map((packet) => new Uint8Array(sender.protectRtcp(packet)));
  // As they come out when nothing is done to them: to CSRCs, Cryptex adds an empty header extension.
  const receiver = new SrtpReceiver(optionsOf(name));
  const opened = [
    ...media.map((packet) => receiver.unprotect(packet)),
    ...control.map((packet) => receiver.unprotectRtcp(packet)),
  ];
  const plain = new Set(opened.map((packet) => (packet === undefined ? '' : toHex(packet))));
  insist(!plain.has('') && plain.size === opened.length, 'a receiver does not open what its sender sent');
  const result: Protected = { rtp: media, rtcp: control, plain };
  made.set(name, result);
  return result;
}

/** The packets that arrive, in order; which of them nothing was done to. */
interface Arrivals {
  readonly packets: Uint8Array[];
  readonly untouched: ReadonlySet<Uint8Array>;
}

function arrivalsOf(packets: readonly Uint8Array[], edits: readonly Edit[], first: number): Arrivals {
  const grammar = first === 0 ? rtp : rtcp;
  const arrivals: Uint8Array[] = [];
  const untouched = new Set<Uint8Array>();
  const late: Uint8Array[] = [];
  packets.forEach((packet, i) => {
    const own = edits.filter(({ at }) => at === first + i);
    if (own.length === 0) untouched.add(packet);
    let copies: Uint8Array[] = [packet];
    for (const { operation, numbers } of own) {
      const [a = 0, b = 0] = numbers;
      if (operation === 'drop') copies = [];
      else if (operation === 'double') copies = [...copies, ...copies];
      else if (operation === 'late') late.push(...copies.splice(0));
      else if (operation === 'early') copies.push(packets[(i + 1 + (a % 4)) % packets.length] ?? packet);
      else if (operation === 'strangers') copies.push(...strangers(packet, 1 + (a % 80)));
      else if (operation === 'noise') copies.push(noise(b % 120, a));
      else copies = copies.map((bytes) => mutate(bytes, grammar, operation, numbers));
    }
    arrivals.push(...copies);
    if (i % 5 === 4) arrivals.push(...late.splice(0));
  });
  return { packets: [...arrivals, ...late], untouched };
}

/** The same under SSRCs that nobody has used. */
function strangers(packet: Uint8Array, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => {
    const forged = new Uint8Array(packet);
    forged.set([0x77, 0, 0, i], Math.min(8, Math.max(0, forged.length - 4)));
    return forged;
  });
}

function discarded(receiver: SrtpReceiver): number {
  return Object.values(receiver.stats.discards).reduce((sum, count) => sum + count, 0);
}

function checkOpened(
  arrivals: Arrivals,
  opened: readonly (Uint8Array | undefined)[],
  plain: ReadonlySet<string>,
): void {
  const seen = new Set<string>();
  opened.forEach((packet, i) => {
    const arrived = arrivals.packets[i];
    if (packet === undefined) {
      insist(
        arrived === undefined || !arrivals.untouched.has(arrived) || seen.has(toHex(arrived)),
        `packet ${i} is lost`,
      );
      return;
    }
    const hex = toHex(packet);
    insist(plain.has(hex), `packet ${i} was opened, and nobody has sent it`);
    insist(!seen.has(hex), `packet ${i} was opened twice`);
    seen.add(hex);
    if (arrived !== undefined) seen.add(toHex(arrived));
  });
}

function run({ setup, edits }: Case): void {
  const sent = protectedBy(setup);
  const options = optionsOf(setup);
  const [single, batched] = [new SrtpReceiver(options), new SrtpReceiver(options)];
  const media = arrivalsOf(sent.rtp, edits, 0);
  const opened = media.packets.map((packet) =>
    mustNotThrow('SrtpReceiver.unprotect()', () => single.unprotect(packet)),
  );
  checkOpened(media, opened, sent.plain);
  const together: (Uint8Array | undefined)[] = [];
  for (let i = 0, size = 1; i < media.packets.length; i += size, size = (size * 3) % 67) {
    const batch = media.packets.slice(i, i + size);
    together.push(...mustNotThrow('SrtpReceiver.unprotectBatch()', () => batched.unprotectBatch(batch)));
  }
  const asText = (list: readonly (Uint8Array | undefined)[]): string =>
    list.map((packet) => (packet === undefined ? '-' : toHex(packet))).join();
  insist(asText(opened) === asText(together), 'one at a time and in batches packets come out differently');

  const control = arrivalsOf(sent.rtcp, edits, RTP.length);
  const reports = control.packets.map((packet) =>
    mustNotThrow('SrtpReceiver.unprotectRtcp()', () => single.unprotectRtcp(packet)),
  );
  checkOpened(control, reports, sent.plain);
  const { packets, rtcpPackets } = single.stats;
  insist(
    packets + rtcpPackets + discarded(single) === media.packets.length + control.packets.length,
    'not every packet is accounted for',
  );
  single.destroy();
  batched.destroy();
}

export const srtp: Target = {
  name: 'srtp',
  about: 'SRTP and SRTCP packets with edits, to a receiver one at a time and to one in batches',
  setups: SRTP_SUITES.flatMap((suite) => [`${suite}, simple`, `${suite}, everything`]),
  places: () => RTP.length + RTCP.length,
  operations: [...MUTATION_NAMES, ...OPERATIONS, ...OPERATIONS],
  weight: 1,
  run,
};
