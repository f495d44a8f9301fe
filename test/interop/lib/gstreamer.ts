import { execFileSync } from 'node:child_process';
import type dgram from 'node:dgram';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { requireProgram } from '../programs.ts';
import { closeSocket, LOOPBACK, openSocket } from './loopback.ts';
import { Program, within } from './program.ts';
import { SSRC } from './rtp.ts';

const FOLDER = join(tmpdir(), 'dtlslib-gstreamer-');

/** Everything that the pipelines of these tests are made of. */
const ELEMENTS = [
  ...['audiotestsrc', 'filesink', 'filesrc', 'identity', 'queue', 'tee'],
  ...['mulawdec', 'mulawenc', 'rtpbin', 'rtppcmudepay', 'rtppcmupay', 'rtpstreamdepay', 'rtpstreampay'],
  ...['srtpdec', 'srtpenc', 'udpsink', 'udpsrc', 'wavenc', 'wavparse'],
];

/** `describe.concurrent` for tests against GStreamer, skipped where an element is missing (but in CI). */
export const describeWithGstreamer: typeof describe.concurrent =
  requireProgram('gst-launch-1.0') && requireProgram('gst-inspect-1.0') && requireElements()
    ? describe.concurrent
    : describe.concurrent.skip;

/** As `requireProgram`, for GStreamer's plugins. */
function requireElements(): boolean {
  // A line for each element: "srtp:  srtpenc: SRTP encoder".
  const installed = execFileSync('gst-inspect-1.0', { encoding: 'utf8' });
  const missing = ELEMENTS.filter((name) => !new RegExp(`^\\w+: +${name}: `, 'm').test(installed));
  if (missing.length === 0) return true;
  const lack = `GStreamer has no ${missing.join(', ')}`;
  if (process.env['CI'] === 'true') throw new Error(`${lack}, and CI needs it for this test`);
  console.warn(`skipped: ${lack}`);
  return false;
}

export type Kind = 'rtp' | 'rtcp';

/** A profile and what GStreamer calls its parts. */
export interface Profile {
  readonly name: string;
  readonly cipher: string;
  readonly auth: string;
  /** Bytes of master key and of master salt. */
  readonly lengths: readonly [number, number];
}

const AES_128 = { cipher: 'aes-128-icm', lengths: [16, 14] } as const;
const AES_256 = { cipher: 'aes-256-icm', lengths: [32, 14] } as const;

export const PROFILES: readonly Profile[] = [
  { name: 'SRTP_AES128_CM_SHA1_80', ...AES_128, auth: 'hmac-sha1-80' },
  { name: 'SRTP_AES128_CM_SHA1_32', ...AES_128, auth: 'hmac-sha1-32' },
  // The tag of GCM is no "auth" of GStreamer's; with one beside it libsrtp refuses the policy.
  { name: 'SRTP_AEAD_AES_128_GCM', cipher: 'aes-128-gcm', auth: 'null', lengths: [16, 12] },
  { name: 'SRTP_AEAD_AES_256_GCM', cipher: 'aes-256-gcm', auth: 'null', lengths: [32, 12] },
  { name: 'AES_256_CM_HMAC_SHA1_80', ...AES_256, auth: 'hmac-sha1-80' },
  { name: 'AES_256_CM_HMAC_SHA1_32', ...AES_256, auth: 'hmac-sha1-32' },
  { name: 'SRTP_NULL_SHA1_80', ...AES_128, cipher: 'null', auth: 'hmac-sha1-80' },
  { name: 'SRTP_NULL_SHA1_32', ...AES_128, cipher: 'null', auth: 'hmac-sha1-32' },
];

/** A master key with its salt. */
export interface Key {
  readonly masterKey: Uint8Array;
  readonly masterSalt: Uint8Array;
  readonly mki?: Uint8Array;
}

const hex = (...parts: readonly Uint8Array[]): string => Buffer.concat(parts).toString('hex');

/** Cipher and authentication of RTP, then those of RTCP. */
function policy({ cipher, auth }: Profile, kind: Kind): readonly [string, string, string, string] {
  // The short tag is for SRTP alone (RFC 4568 §6.2.2, RFC 5764 §4.1.2).
  const rtcpAuth = auth === 'null' ? 'null' : 'hmac-sha1-80';
  if (cipher !== 'null') return [cipher, auth, cipher, rtcpAuth];
  // GStreamer knows a key's length from its ciphers, and crashes when both are null. One of them is not used here.
  return kind === 'rtp' ? ['null', auth, 'aes-128-icm', rtcpAuth] : ['aes-128-icm', auth, 'null', rtcpAuth];
}

/** RFC 4571: each packet behind its length, which is how GStreamer keeps packets apart in a file. */
function frame(packets: readonly Uint8Array[]): Buffer {
  return Buffer.concat(packets.flatMap((packet) => [Buffer.of(packet.length >> 8, packet.length), packet]));
}

function unframe(bytes: Buffer): Buffer[] {
  const packets: Buffer[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    const end = 2 + rest.readUInt16BE();
    packets.push(rest.subarray(2, end));
    rest = rest.subarray(end);
  }
  return packets;
}

/** A pipeline of `gst-launch-1.0` and the folder of its files, which is removed in the end. */
class Pipeline extends Program {
  readonly #folder: string;

  constructor(folder: string, description: string) {
    // Warnings of the two say why a packet was dropped.
    const environment = { LC_ALL: 'C', GST_DEBUG: 'srtpdec:2,srtpenc:2', GST_DEBUG_NO_COLOR: '1' };
    super('gst-launch-1.0', ['--verbose', '--no-fault', ...description.split(' ')], environment);
    this.#folder = folder;
  }

  /** The port of a `udpsrc`, once it is bound. */
  async port(name: string): Promise<number> {
    return Number((await this.waitFor(new RegExp(`GstUDPSrc:${name}: port = (\\d+)`)))[1]);
  }

  /** Waits until every packet has gone through and the files are closed. */
  async ended(): Promise<void> {
    await this.waitFor(/Got EOS from element "pipeline0"[\s\S]*Freeing pipeline/);
  }

  /** Empty where the pipeline makes no such file. */
  file(name: string): Promise<Buffer> {
    return readFile(join(this.#folder, name)).catch(() => Buffer.alloc(0));
  }

  async packets(name: Kind): Promise<Buffer[]> {
    return unframe(await this.file(name));
  }

  override async stop(): Promise<void> {
    await super.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** A UDP socket of ours that ends with its block. */
class Socket implements AsyncDisposable {
  readonly #socket: dgram.Socket;

  constructor(socket: dgram.Socket) {
    this.#socket = socket;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  send(port: number, datagram: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.send(datagram, port, LOOPBACK, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  receive(enough: (datagrams: readonly Buffer[]) => boolean): Promise<Buffer[]> {
    const datagrams: Buffer[] = [];
    return new Promise((resolve) => {
      this.#socket.on('message', (datagram) => {
        datagrams.push(datagram);
        if (enough(datagrams)) resolve([...datagrams]);
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeSocket(this.#socket);
  }
}

export interface DecoderOptions {
  readonly profile: Profile;
  /** What comes; `'mux'` is RTP with RTCP on the same port (RFC 5761). */
  readonly kind: Kind | 'mux';
  readonly keys: readonly Key[];
  readonly rollOverCounter?: number;
  /** Play the RTP packets, which are G.711 µ-law, into a WAV file. */
  readonly play?: boolean;
}

/** What came through, in order. */
export interface Decoded {
  readonly rtp: readonly Buffer[];
  readonly rtcp: readonly Buffer[];
  readonly wav: Buffer;
}

/** Sends the datagrams, in order, to `srtpdec` behind a UDP port. Gives the packets that it lets through. */
export async function decode(options: DecoderOptions, datagrams: readonly Uint8Array[]): Promise<Decoded> {
  const folder = await mkdtemp(FOLDER);
  await using decoder = new Pipeline(folder, describeDecoder(options, datagrams.length, folder));
  const port = await decoder.port('media');
  const rtcpEnd = options.kind === 'mux' ? await decoder.port('end') : undefined;
  await using sender = new Socket(await openSocket());
  for (const datagram of datagrams) await sender.send(port, datagram);
  if (rtcpEnd !== undefined) {
    // srtpdec does not hand the end of its RTP side on to RTCP: a datagram to a port of its own brings it.
    await decoder.waitFor(/GstIdentity:rtp: last-message = event .*type: eos/);
    await sender.send(rtcpEnd, Buffer.of(0));
  }
  await decoder.ended();
  const [rtp, rtcp] = [await decoder.packets('rtp'), await decoder.packets('rtcp')];
  return { rtp, rtcp, wav: await decoder.file('wav') };
}

function describeDecoder(options: DecoderOptions, count: number, folder: string): string {
  const { kind, rollOverCounter } = options;
  const [cipher, auth, rtcpCipher, rtcpAuth] = policy(options.profile, kind === 'rtcp' ? 'rtcp' : 'rtp');
  const caps = [
    kind === 'rtcp' ? 'application/x-srtcp' : 'application/x-srtp,media=(string)audio,clock-rate=(int)8000',
    ...(kind === 'rtcp' ? [] : ['encoding-name=(string)PCMU', 'payload=(int)96']),
    `ssrc=(uint)${SSRC}`,
    ...(rollOverCounter === undefined ? [] : [`roc=(uint)${rollOverCounter}`]),
    ...[`srtp-cipher=(string)${cipher}`, `srtp-auth=(string)${auth}`],
    ...[`srtcp-cipher=(string)${rtcpCipher}`, `srtcp-auth=(string)${rtcpAuth}`],
    ...options.keys.flatMap(({ masterKey, masterSalt, mki }, i) => {
      const number = i === 0 ? '' : i + 1;
      const key = `srtp-key${number}=(buffer)${hex(masterKey, masterSalt)}`;
      return mki === undefined ? [key] : [key, `mki${number}=(buffer)${hex(mki)}`];
    }),
  ].join(',');
  const port = `address=${LOOPBACK} port=0 buffer-size=200000`;
  const entrance = `udpsrc name=media ${port} num-buffers=${count} caps=${caps}`;
  const into = (name: string): string => `rtpstreampay ! filesink async=false location=${folder}/${name}`;
  const rtcp = `decoder.rtcp_src ! ${into('rtcp')}`;
  if (kind === 'rtcp') return `${entrance} ! decoder.rtcp_sink srtpdec name=decoder ${rtcp}`;
  const rtp = `${entrance} ! srtpdec name=decoder decoder.rtp_src ! identity name=rtp silent=false`;
  if (kind === 'mux') {
    // Its caps hold no keys: two threads that both bring some would race inside srtpdec.
    const end = `udpsrc name=end ${port} num-buffers=1 caps=application/x-srtcp`;
    return `${rtp} ! ${into('rtp')} ${end} ! decoder.rtcp_sink ${rtcp}`;
  }
  if (options.play !== true) return `${rtp} ! ${into('rtp')}`;
  const player = `rtppcmudepay ! mulawdec ! wavenc ! filesink async=false location=${folder}/wav`;
  return `${rtp} ! tee name=both both. ! queue ! ${into('rtp')} both. ! queue ! ${player}`;
}

/** What `srtpenc` is to protect. */
export interface EncoderInput {
  readonly rtp?: readonly Uint8Array[];
  readonly rtcp?: readonly Uint8Array[];
  /** A file to be sent as G.711 in packets of 20 ms, over a roll-over after ten of them. */
  readonly wav?: Uint8Array;
  /** A tone, in real time and without end, with the RTCP that an RTP session of GStreamer's adds. */
  readonly session?: true;
}

export interface Encoded {
  /** In the order of arrival. */
  readonly datagrams: readonly Buffer[];
  /** Of a WAV file: the packets as they were before their protection. */
  readonly rtp: readonly Buffer[];
}

/** Gives the datagrams that `srtpenc` sends through UDP, RTP and RTCP to one port, until there are enough. */
export async function encode(
  { profile, key, input }: { readonly profile: Profile; readonly key: Key; readonly input: EncoderInput },
  enough: (datagrams: readonly Buffer[]) => boolean,
): Promise<Encoded> {
  const folder = await mkdtemp(FOLDER);
  await using receiver = new Socket(await openSocket());
  const arrival = receiver.receive(enough);
  const sources = await writeSources(input, folder);
  await using encoder = new Pipeline(folder, describeEncoder(profile, key, sources, receiver.port));
  if (input.session !== true) await encoder.ended();
  const datagrams = await within(arrival, 'enough datagrams', () => encoder.describe());
  return { datagrams, rtp: await encoder.packets('rtp') };
}

function describeEncoder(profile: Profile, key: Key, sources: string, port: number): string {
  const kinds = (['rtp', 'rtcp'] as const).filter((kind) => sources.includes(`encoder.${kind}_sink_0`));
  const [cipher, auth, rtcpCipher, rtcpAuth] = policy(profile, kinds[0] ?? 'rtp');
  const encoder = [
    `srtpenc name=encoder key=${hex(key.masterKey, key.masterSalt)}`,
    ...(key.mki === undefined ? [] : [`mki=${hex(key.mki)}`]),
    `rtp-cipher=${cipher} rtp-auth=${auth} rtcp-cipher=${rtcpCipher} rtcp-auth=${rtcpAuth}`,
  ];
  const exit = `udpsink host=${LOOPBACK} port=${port} sync=false async=false`;
  return [...encoder, sources, ...kinds.map((kind) => `encoder.${kind}_src_0 ! ${exit}`)].join(' ');
}

async function writeSources(input: EncoderInput, folder: string): Promise<string> {
  const sources: string[] = [];
  for (const kind of ['rtp', 'rtcp'] as const) {
    const packets = input[kind];
    if (packets === undefined) continue;
    await writeFile(join(folder, `${kind}-in`), frame(packets));
    const file = `filesrc location=${folder}/${kind}-in ! application/x-${kind}-stream`;
    sources.push(`${file} ! rtpstreamdepay ! application/x-${kind} ! encoder.${kind}_sink_0`);
  }
  const payloader = `rtppcmupay ssrc=${SSRC} seqnum-offset=65526 min-ptime=20000000 max-ptime=20000000`;
  if (input.wav !== undefined) {
    await writeFile(join(folder, 'wav'), input.wav);
    const copies = `tee name=both both. ! queue ! rtpstreampay ! filesink async=false location=${folder}/rtp`;
    const file = `filesrc location=${folder}/wav ! wavparse ! mulawenc ! ${payloader}`;
    sources.push(`${file} ! ${copies} both. ! queue ! encoder.rtp_sink_0`);
  }
  if (input.session === true) {
    const tone = `audiotestsrc is-live=true ! audio/x-raw,rate=8000,channels=1 ! mulawenc ! ${payloader}`;
    const rtp = `${tone} ! session.send_rtp_sink_0 session.send_rtp_src_0 ! encoder.rtp_sink_0`;
    sources.push(`rtpbin name=session ${rtp} session.send_rtcp_src_0 ! encoder.rtcp_sink_0`);
  }
  return sources.join(' ');
}
