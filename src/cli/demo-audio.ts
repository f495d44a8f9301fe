import { sameBytes } from '../bytes/bytes.ts';
import type { SrtpProfileName } from '../registry/srtp-profiles.ts';
import type { CallStats, SentPacket } from './call/audio-call.ts';
import type { Recording } from './call/recording.ts';
import type { RtpPacket } from './call/rtp.ts';
import type { Schedule } from './call/schedule.ts';
import type { DemoEnd } from './demo-end.ts';

/** Of what one end sent, what the other heard. */
export interface Comparison {
  readonly sent: number;
  /** Arrived with the payload that was sent, byte for byte. */
  readonly same: number;
  /** Arrived with another. */
  readonly different: number;
  readonly lost: number;
}

export interface CarriedAudio {
  readonly profile: SrtpProfileName;
  readonly toServer: Comparison;
  readonly toClient: Comparison;
  readonly client: CallStats;
  readonly server: CallStats;
  /** Of the client. */
  readonly first: SentPacket | undefined;
}

/** How often in a row nothing may have come, each time after 5 ms, before what is missing counts as lost. */
const PATIENCE = 100;

/** What of an end is needed here. */
type Party = Pick<DemoEnd, 'beginCall'>;

/** The client plays, the server keeps what it hears and sends it back at once. */
export async function carryAudio(
  client: Party,
  server: Party,
  payloads: readonly Uint8Array[],
  schedule: Schedule,
  recording: Recording,
): Promise<CarriedAudio> {
  const played: SentPacket[] = [];
  const echoed: SentPacket[] = [];
  const heardByServer: RtpPacket[] = [];
  const heardByClient: RtpPacket[] = [];
  const ours = client.beginCall({ onPacket: (packet) => heardByClient.push(packet) });
  const theirs = server.beginCall({
    recording,
    onPacket: (packet) => {
      heardByServer.push(packet);
      const sent = theirs.send(packet.payload);
      if (sent !== undefined) echoed.push(sent);
    },
  });
  await ours.play(payloads, schedule, (sent) => played.push(sent));
  await settle(
    () => heardByServer.length >= played.length && heardByClient.length >= echoed.length,
    () => heardByServer.length + heardByClient.length,
  );
  ours.leave();
  theirs.leave();
  const goodbyes = (): number => Number(ours.peerLeft) + Number(theirs.peerLeft);
  await settle(() => goodbyes() === 2, goodbyes);
  ours.end();
  theirs.end();
  return {
    profile: ours.profile,
    toServer: comparePackets(played, heardByServer),
    toClient: comparePackets(echoed, heardByClient),
    client: ours.stats,
    server: theirs.stats,
    first: played[0],
  };
}

/** Packets of one stream are known by their timestamps. */
export function comparePackets(sent: readonly SentPacket[], heard: readonly RtpPacket[]): Comparison {
  const payloads = new Map(heard.map(({ timestamp, payload }) => [timestamp, payload]));
  let [same, different] = [0, 0];
  for (const { packet } of sent) {
    const payload = payloads.get(packet.timestamp);
    if (payload === undefined) continue;
    if (sameBytes(payload, packet.payload)) same++;
    else different++;
  }
  return { sent: sent.length, same, different, lost: sent.length - same - different };
}

/**
 * Waits until it is so, or nothing has moved for long. It counts turns rather than time: in each of them what waits
 * at a socket is read, however long the machine takes for it.
 */
async function settle(done: () => boolean, progress: () => number): Promise<void> {
  let before = progress();
  for (let idle = 0; !done() && idle < PATIENCE; idle++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (progress() !== before) idle = 0;
    before = progress();
  }
}
