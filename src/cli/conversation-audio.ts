import { nodeCrypto } from '../crypto/node/index.ts';
import type { DtlsConnection } from '../index.ts';
import type { UdpSocket } from '../net/udp-socket.ts';
import type { Values } from './arguments.ts';
import { decodePcmu } from './audio/g711.ts';
import { NewWavFile, readPcmu } from './audio/sound-files.ts';
import { AudioCall } from './call/audio-call.ts';
import { PACKET_MS, packetize, SAMPLES_PER_PACKET } from './call/audio-sender.ts';
import { systemClock } from './call/clock.ts';
import { Recording } from './call/recording.ts';
import { count, duration, receivedLine, sentLine, soundPicture } from './call/report.ts';
import { SteadySchedule } from './call/schedule.ts';
import { srtpProtection } from './call/srtp-protection.ts';
import { CommandError, type OptionSpec, UsageError } from './command.ts';
import { type Io, printLine, printLines, warn } from './io.ts';

const COLUMNS = 100;

export const AUDIO_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'play',
    value: 'FILE',
    help: [
      'send this sound over SRTP (PCMU, 20 ms a packet); a WAV file',
      'of any rate from 4,000 to 192,000 Hz, an hour and 128 MiB at most',
    ],
  },
  {
    name: 'record',
    value: 'FILE',
    help: [
      'write the sound that comes over SRTP (PCMU or PCMA) into this',
      'new WAV file when the call ends',
    ],
  },
  { name: 'force', help: 'replace an older file of the name of --record' },
];

/** For the help of `serve` and `connect`. */
export const AUDIO_EXAMPLE: readonly string[] = [
  'dtlslib serve --port 4444 --insecure --record heard.wav',
  'dtlslib connect 127.0.0.1 4444 --insecure --play hello.wav --once',
  '(the second in another terminal: heard.wav then sounds like hello.wav on the telephone; any WAV file',
  'will do, and "dtlslib demo --fast --record hello.wav" makes one)',
];

/** The audio of a conversation: what --play sends and --record keeps, beside the messages. */
export class ConversationAudio {
  readonly #pcmu: Uint8Array | undefined;
  readonly #playedFile: string;
  readonly #file: NewWavFile | undefined;
  readonly #recording: Recording | undefined;
  readonly #io: Io;
  #call: AudioCall | undefined;
  #tooEarly: () => number = () => 0;
  #played: Promise<unknown> = Promise.resolve();

  /** Undefined when the user wants no audio. @throws UsageError, or CommandError for a file. */
  static fromOptions(values: Values, io: Io): ConversationAudio | undefined {
    const [play, record] = [values.text('play'), values.text('record')];
    if (play === undefined && record === undefined) return undefined;
    const option = play === undefined ? '--record' : '--play';
    if (values.flag('no-srtp')) throw new UsageError(`${option} needs SRTP, and so excludes --no-srtp`);
    if (values.flag('once') && play === undefined)
      throw new UsageError('--once ends it before there is anything for --record');
    return new ConversationAudio(play, record, values.flag('force'), io);
  }

  private constructor(play: string | undefined, record: string | undefined, force: boolean, io: Io) {
    this.#pcmu = play === undefined ? undefined : readPcmu(play);
    this.#playedFile = play ?? '';
    this.#file = record === undefined ? undefined : new NewWavFile(record, force);
    this.#recording = record === undefined ? undefined : new Recording();
    this.#io = io;
  }

  /** Whether there is an end to wait for: that of the file that is played. */
  get plays(): boolean {
    return this.#pcmu !== undefined;
  }

  /** Resolves once the file was sent whole, or the call has ended. */
  get played(): Promise<unknown> {
    return this.#played;
  }

  /** Takes in the packets that wait, once there are keys. */
  take(): void {
    this.#call?.take();
  }

  /** Begins with the keys of the handshake. @throws CommandError when it has agreed on none. */
  begin(connection: DtlsConnection, udp: UdpSocket): void {
    if (connection.srtpProfile === undefined)
      throw new CommandError(
        'no SRTP profile was agreed on, and so there are no keys to send or take audio with',
      );
    const call = new AudioCall({
      path: udp,
      protection: srtpProtection(connection.srtpKeys()),
      randomBytes: nodeCrypto.randomBytes,
      recording: this.#recording,
    });
    this.#call = call;
    this.#tooEarly = () => udp.stats.discards.media_queue_full;
    if (this.#file !== undefined)
      printLine(this.#io.stdout, `The sound that comes is kept for ${this.#file.name}.`);
    if (this.#pcmu !== undefined) {
      const payloads = packetize(this.#pcmu);
      const what = `${duration(this.#pcmu.length)} of audio in ${count(payloads.length, 'packet')}`;
      printLine(this.#io.stdout, `Playing ${this.#playedFile}: ${what}.`);
      this.#played = call
        .play(payloads, new SteadySchedule(systemClock.now(), PACKET_MS))
        .then((sent) => this.#tellPlayed(sent, payloads.length))
        .catch((error: Error) => warn(this.#io, `the playing has ended: ${error.message}`));
    }
    // What came before the keys has waited.
    call.take();
  }

  /** Tells the peer that we go. */
  leave(): void {
    this.#call?.leave();
  }

  /** The call is over: tells what became of it, and writes the recording. @throws CommandError for the file. */
  finish(): void {
    const call = this.#call;
    if (call === undefined) return;
    call.end();
    const { stats } = call;
    const { stdout } = this.#io;
    printLine(stdout, sentLine(stats));
    if (this.#pcmu !== undefined) printLines(stdout, soundPicture(decodePcmu(this.#pcmu), COLUMNS));
    printLine(stdout, receivedLine(stats, this.#tooEarly()));
    this.#writeRecording();
  }

  /** Whatever has become of it, no half-made file is left. */
  free(): void {
    this.#call?.end();
    this.#file?.discard();
  }

  #tellPlayed(sent: number, all: number): void {
    const part = sent === all ? '' : ` as far as ${duration(sent * SAMPLES_PER_PACKET)}`;
    printLine(this.#io.stdout, `Played ${this.#playedFile}${part}.`);
  }

  #writeRecording(): void {
    if (this.#file === undefined || this.#recording === undefined) return;
    if (this.#recording.length === 0) {
      this.#file.discard();
      warn(this.#io, `no audio has come, and so ${this.#file.name} was not written`);
      return;
    }
    const samples = this.#recording.samples();
    this.#file.write(samples);
    const { silence, cut } = this.#recording;
    const notes = [
      ...(silence === 0 ? [] : [`${duration(silence)} of it silence for what did not come`]),
      ...(cut === 0 ? [] : [`${duration(cut)} more was too long to keep`]),
    ];
    printLines(this.#io.stdout, soundPicture(samples, COLUMNS));
    printLine(
      this.#io.stdout,
      [`Recorded ${this.#file.name}: ${duration(samples.length)}`, ...notes].join(', '),
    );
  }
}
