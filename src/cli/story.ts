import { sameBytes, toHex } from '../bytes/bytes.ts';
import type { TraceEvent } from '../index.ts';
import { Ladder } from '../observe/ladder.ts';
import { srtpProfileByName } from '../registry/srtp-profiles.ts';
import type { CallStats, SentPacket } from './call/audio-call.ts';
import { SAMPLES_PER_PACKET } from './call/audio-sender.ts';
import { count, duration, soundPicture } from './call/report.ts';
import { CommandError } from './command.ts';
import type { CarriedAudio, Comparison } from './demo-audio.ts';
import type { DemoEnd } from './demo-end.ts';
import { type Io, printLine, printLines } from './io.ts';
import { srtpKeyDigests } from './key-digest.ts';
import { Paint } from './paint.ts';

const COLUMNS = 100;

/** Tells what happens, in numbered steps, for a reader who has never heard of DTLS. */
export class Story {
  readonly #io: Io;
  readonly #paint: Paint;
  readonly #ladder: Ladder;
  readonly #trace: boolean;
  #steps = 0;
  #begin: number | undefined;
  #connected = 0;

  constructor(io: Io, trace: boolean) {
    this.#io = io;
    this.#paint = new Paint(io);
    this.#ladder = new Ladder({ width: COLUMNS, explain: true, paint: this.#paint.ladder });
    this.#trace = trace;
  }

  title(): void {
    this.#say(
      'DTLS-SRTP: two ends of a call agree on keys and encrypt their audio and video with them, so that',
    );
    this.#say(
      'nobody between them can listen. Both ends run here. In brackets: the names in the Prosody API.',
    );
    this.#say('');
  }

  certificates(client: DemoEnd, server: DemoEnd): void {
    this.#step('Each end makes a key pair and a certificate; nobody has to sign it.', 'dtlslib_create_cert');
    const of = ({ name, certificate }: DemoEnd): string =>
      `${name}: ${certificate.keyType}, ${certificate.der.length} bytes`;
    this.#detail(`${of(client)}     ${of(server)}`);
  }

  fingerprints(client: DemoEnd, server: DemoEnd): void {
    this.#step(
      'In SDP, which sets up calls, each gives its fingerprint (a hash).',
      'dtlslib_get_cert_fingerprint',
    );
    for (const { name, certificate } of [client, server]) {
      const [first, second] = halves(certificate.fingerprint());
      this.#detail(`${name}: sha-256 ${first}`);
      this.#detail(`                ${second}`);
    }
  }

  sessions(client: DemoEnd, server: DemoEnd): void {
    this.#step('Each end opens a session on a UDP port.', 'dtlslib_create_session');
    this.#detail(`client: 127.0.0.1:${client.port}     server: 127.0.0.1:${server.port}`);
  }

  handshake(): void {
    this.#step('They shake hands.', 'dtlslib_start_handshake, dtlslib_continue');
    this.#detail('An arrow is a UDP datagram; below it are the messages it holds.');
    this.#say(this.#ladder.header());
  }

  connected({ connection }: DemoEnd): void {
    const took = (this.#connected - (this.#begin ?? 0)).toFixed(1);
    const { protocol, group, cipherSuite } = connection;
    this.#detail(`Done in ${took} ms: ${protocol}, key agreement by ${group}, ${cipherSuite}.`);
  }

  checkedFingerprints(client: DemoEnd, server: DemoEnd): void {
    this.#step('Each end compares the certificate it was shown with SDP.', 'dtlslib_get_remote_fingerprint');
    this.#detail('Had the two differed, the handshake would have ended with an alert.');
    for (const [end, peer] of [
      [client, server],
      [server, client],
    ] as const) {
      const seen = end.connection.remoteFingerprint();
      if (seen !== peer.certificate.fingerprint())
        throw new CommandError(`the certificate of the ${peer.name} does not match its fingerprint`);
      this.#detail(
        `${end.name} was shown ${short(seen)}, was told ${short(peer.certificate.fingerprint())}: ${this.#paint.as('green', 'match')}`,
      );
    }
  }

  /** Whether the keys are equal. */
  keys(client: DemoEnd, server: DemoEnd): boolean {
    this.#step('Each end takes out the keys for SRTP, the encrypted media.', 'dtlslib_extract_srtp_keys');
    const profile = srtpProfileByName(client.connection.srtpProfile ?? '');
    if (profile === undefined) throw new CommandError('the two ends have agreed on no SRTP profile');
    const { name, masterKeyLength, masterSaltLength } = profile;
    this.#detail(
      `Profile ${name}: a key of ${masterKeyLength} bytes and a salt of ${masterSaltLength} each way.`,
    );
    this.#detail('Keys are secret; here are 8 hex digits of their SHA-256, enough to compare.');
    const [ours, theirs] = [srtpKeyDigests(client.connection), srtpKeyDigests(server.connection)];
    const equal = this.#keyLine('client to server: client', ours.local, 'server', theirs.remote);
    return this.#keyLine('server to client: client', ours.remote, 'server', theirs.local) && equal;
  }

  /** Before it is played. */
  audio(samples: number, packets: number): void {
    this.#step('Audio goes through SRTP, over the same two ports.', 'VMPTx, VMPRx');
    this.#detail(
      `The client plays ${duration(samples)} of sound as G.711 (PCMU): ${count(packets, 'RTP packet')}, one each 20 ms.`,
    );
    this.#detail(
      'The server keeps what it hears, and sends it back at once. Payloads are compared byte for byte.',
    );
  }

  /** Once it was played. */
  carried(
    { profile, toServer, toClient, client, server, first }: CarriedAudio,
    played: Int16Array,
    heard: Int16Array,
  ): void {
    if (first !== undefined) this.#firstPacket(first, profile);
    this.#detail('played by the client:');
    for (const line of soundPicture(played, COLUMNS)) this.#say(line);
    this.#detail('heard by the server:');
    for (const line of soundPicture(heard, COLUMNS)) this.#say(line);
    this.#comparison('client to server', toServer, client.sent.srtpBytes);
    this.#comparison('server to client', toClient, server.sent.srtpBytes);
    this.#reports(client, server);
  }

  /** `temporary`: not by a name of the user's. */
  recorded(file: string, samples: number, temporary: boolean): void {
    const fate = temporary ? '; the next demo replaces it' : '';
    this.#detail(`What the server has heard, as WAV (${duration(samples)}${fate}): ${file}`);
  }

  messages(): void {
    this.#step('The session carries messages too: one each way.');
  }

  read(name: string, text: string): void {
    this.#detail(`the ${name} has read: ${text}`);
  }

  freeing(): void {
    this.#step(
      'They part, and overwrite their keys.',
      'dtlslib_free_session, dtlslib_free_cert, dtlslib_free',
    );
  }

  end(): void {
    this.#say('');
    const summary = 'Both ends checked who the other is, hold the same keys, and heard each other.';
    this.#say(this.#paint.as('green', summary));
  }

  /** Each datagram is told by its sender alone. */
  event(end: DemoEnd['name'], event: TraceEvent): void {
    if (this.#trace) printLine(this.#io.stderr, JSON.stringify({ end, ...event }));
    if (event.kind === 'datagram') this.#begin ??= event.now;
    if (event.kind === 'state' && event.state === 'connected') this.#connected = event.now;
    if ((event.kind === 'datagram' || event.kind === 'message') && event.direction === 'received') return;
    printLines(this.#io.stdout, this.#ladder.read(event, end === 'client' ? 'left' : 'right'));
  }

  /** The beginnings of both, so that the encryption can be seen. */
  #firstPacket({ rtp, srtp }: SentPacket, profile: string): void {
    const header = rtp.length - SAMPLES_PER_PACKET;
    const shown = header + 14;
    const line = (name: string, packet: Uint8Array): string =>
      `${name} ${hexPairs(packet.subarray(0, header))} | ${hexPairs(packet.subarray(header, shown))} …`;
    const tag = srtp.length - rtp.length;
    this.#detail(
      `The first packet: ${header} bytes of header | ${SAMPLES_PER_PACKET} of sound; ${profile} adds a tag of ${tag}.`,
    );
    this.#detail(line('RTP ', rtp));
    this.#detail(line('SRTP', srtp));
    this.#detail(
      sameBytes(srtp.subarray(header, rtp.length), rtp.subarray(header))
        ? 'This profile encrypts NOTHING: all can read the sound too. The tag gives away any change.'
        : 'All can still read the header, nobody the sound. The tag gives away any change to either.',
    );
  }

  /** Two ends send them at random times (RFC 3550 §6.3.1), and so not equally many. */
  #reports(client: CallStats, server: CallStats): void {
    const sent = client.sent.srtcpPackets + server.sent.srtcpPackets;
    const lost = sent - client.received.srtcpPackets - server.received.srtcpPackets;
    const verdict =
      lost === 0 ? this.#paint.as('green', 'all arrived') : `${lost} LOST on the way, as UDP may`;
    this.#detail(
      `Reports on what was heard (SRTCP), at random times: ${client.sent.srtcpPackets} by the client, ` +
        `${server.sent.srtcpPackets} by the server: ${verdict}`,
    );
  }

  #comparison(direction: string, { sent, same, different, lost }: Comparison, bytes: number): void {
    const verdict =
      same === sent && sent > 0
        ? this.#paint.as('green', 'all arrived, each payload the same')
        : `${same} arrived the same, ${different} DIFFERENT, ${lost} LOST on the way, as UDP may`;
    this.#detail(`${direction}: ${count(sent, 'packet')}, ${count(bytes, 'byte')} of SRTP: ${verdict}`);
  }

  #keyLine(direction: string, first: string, other: string, second: string): boolean {
    const equal = first === second;
    const verdict = equal ? this.#paint.as('green', 'equal') : 'DIFFERENT';
    this.#detail(`${direction} ${first}, ${other} ${second}: ${verdict}`);
    return equal;
  }

  #step(text: string, prosody?: string): void {
    this.#steps++;
    const head = `${this.#steps}. ${text}`;
    if (prosody === undefined) {
      this.#say(this.#paint.as('bold', head));
      return;
    }
    const label = `[${prosody}]`;
    const gap = COLUMNS - head.length - label.length;
    this.#say(
      this.#paint.as('bold', head) + (gap > 0 ? ' '.repeat(gap) : '\n   ') + this.#paint.as('dim', label),
    );
  }

  #detail(text: string): void {
    this.#say(`   ${text}`);
  }

  #say(line: string): void {
    printLine(this.#io.stdout, line);
  }
}

function hexPairs(bytes: Uint8Array): string {
  return toHex(bytes).replace(/..(?=.)/g, '$& ');
}

function halves(fingerprint: string): [string, string] {
  const middle = Math.ceil((fingerprint.length + 1) / 6) * 3;
  return [fingerprint.slice(0, middle), fingerprint.slice(middle)];
}

function short(fingerprint: string | undefined): string {
  return fingerprint === undefined ? 'nothing' : `${fingerprint.slice(0, 11)}:…:${fingerprint.slice(-5)}`;
}
