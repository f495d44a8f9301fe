import { utf8 } from '../../bytes/bytes.ts';
import { Reader } from '../../bytes/reader.ts';
import { Writer } from '../../bytes/writer.ts';

/** RFC 3550 §12.1. */
const PacketType = { SR: 200, RR: 201, SDES: 202, BYE: 203 } as const;

const CNAME_ITEM = 1;

/** From the beginning of NTP time, 1900, to that of Unix time, 1970, in seconds (RFC 868). */
const NTP_TO_UNIX_SECONDS = 2_208_988_800;

/** What a sender report says of the stream of its sender (RFC 3550 §6.4.1). */
export interface SenderInfo {
  readonly ntp: NtpTime;
  /** The RTP timestamp of that very time. */
  readonly rtpTimestamp: number;
  readonly packets: number;
  /** Of payload. */
  readonly bytes: number;
}

/** What a report says of a stream that its sender receives (RFC 3550 §6.4.1). */
export interface ReportBlock {
  readonly ssrc: number;
  /** Of the packets since the last report, in 256ths. */
  readonly fractionLost: number;
  /** Since the beginning; below 0 when there were duplicates. */
  readonly lost: number;
  readonly highestSequence: number;
  /** In samples. */
  readonly jitter: number;
  /** The middle 32 bits of the NTP time in the last sender report of that stream; 0 when there was none. */
  readonly lastSenderReport: number;
  /** Since that report, in 65,536ths of a second. */
  readonly sinceSenderReport: number;
}

export interface RtcpReport {
  readonly ssrc: number;
  readonly cname: string;
  /** With it the report is a sender report, else a receiver report. */
  readonly sender?: SenderInfo | undefined;
  readonly block?: ReportBlock | undefined;
  /** Whether it ends with a BYE. */
  readonly bye: boolean;
}

/** Seconds since 1900, and 2^32nds of a second. */
export interface NtpTime {
  readonly seconds: number;
  readonly fraction: number;
}

/** `milliseconds` since 1970. */
export function ntpTime(milliseconds: number): NtpTime {
  const seconds = Math.floor(milliseconds / 1000);
  const fraction = Math.floor(((milliseconds - seconds * 1000) / 1000) * 2 ** 32);
  return { seconds: (seconds + NTP_TO_UNIX_SECONDS) % 2 ** 32, fraction };
}

/** The 32 bits in the middle, by which a reception report names the sender report that it has seen. */
export function middleOf({ seconds, fraction }: NtpTime): number {
  return (seconds % 65_536) * 65_536 + Math.floor(fraction / 65_536);
}

/** A compound packet: a report, the CNAME, and the BYE if that is the end (RFC 3550 §6.1). */
export function writeRtcpReport({ ssrc, cname, sender, block, bye }: RtcpReport): Uint8Array {
  const writer = new Writer(128);
  const blocks = block === undefined ? 0 : 1;
  writePacket(writer, sender === undefined ? PacketType.RR : PacketType.SR, blocks, (body) => {
    body.u32(ssrc);
    if (sender !== undefined) writeSender(body, sender);
    if (block !== undefined) writeBlock(body, block);
  });
  writePacket(writer, PacketType.SDES, 1, (body) => {
    body.u32(ssrc).u8(CNAME_ITEM).vector8(utf8(cname));
    // The list of items ends with a null octet, and with as many more as fill the word (RFC 3550 §6.5).
    do body.u8(0);
    while (body.length % 4 !== 0);
  });
  if (bye) writePacket(writer, PacketType.BYE, 1, (body) => body.u32(ssrc));
  return writer.finish();
}

/** What was read of a compound packet. */
export interface RtcpSummary {
  readonly packets: number;
  /** The sender report, if there is one. */
  readonly sender?: SenderInfo & { readonly ssrc: number };
  readonly cname?: string;
  readonly bye: boolean;
}

/** Undefined for what is no compound RTCP packet (RFC 3550 §A.2). */
export function readRtcp(compound: Uint8Array): RtcpSummary | undefined {
  let summary: RtcpSummary = { packets: 0, bye: false };
  const reader = new Reader(compound);
  while (reader.remaining > 0) {
    const first = reader.u8();
    const type = reader.u8();
    const body = new Reader(reader.bytes(4 * reader.u16()));
    const isReport = type === PacketType.SR || type === PacketType.RR;
    if (!reader.ok || first >> 6 !== 2 || (summary.packets === 0 && !isReport)) return undefined;
    summary = { ...summary, ...readPart(type, first & 0x1f, body), packets: summary.packets + 1 };
    if (!body.ok) return undefined;
  }
  return summary.packets === 0 ? undefined : summary;
}

function readPart(type: number, count: number, body: Reader): Partial<RtcpSummary> {
  switch (type) {
    case PacketType.SR:
      return { sender: readSender(body) };
    case PacketType.SDES:
      return count === 0 ? {} : readCname(body);
    case PacketType.BYE:
      return count === 0 ? {} : { bye: true };
    default:
      return {};
  }
}

function readSender(body: Reader): SenderInfo & { readonly ssrc: number } {
  return {
    ssrc: body.u32(),
    ntp: { seconds: body.u32(), fraction: body.u32() },
    rtpTimestamp: body.u32(),
    packets: body.u32(),
    bytes: body.u32(),
  };
}

/** The CNAME, if it is the first item of the first source, where senders put it. */
function readCname(body: Reader): Partial<RtcpSummary> {
  body.u32();
  const item = body.u8();
  const text = body.vector8();
  return item === CNAME_ITEM && body.ok ? { cname: new TextDecoder().decode(text) } : {};
}

/** The length of a packet is in words, the first not counted (RFC 3550 §6.4.1). */
function writePacket(writer: Writer, type: number, count: number, writeBody: (body: Writer) => void): void {
  const body = new Writer(64);
  writeBody(body);
  const bytes = body.finish();
  writer
    .u8(0x80 | count)
    .u8(type)
    .u16(bytes.length / 4)
    .bytes(bytes);
}

function writeSender(writer: Writer, { ntp, rtpTimestamp, packets, bytes }: SenderInfo): void {
  writer.u32(ntp.seconds).u32(ntp.fraction).u32(rtpTimestamp);
  // Both counts go round.
  writer.u32(packets % 2 ** 32).u32(bytes % 2 ** 32);
}

function writeBlock(writer: Writer, block: ReportBlock): void {
  // 24 bits, signed (RFC 3550 §A.3).
  const lost = Math.max(-0x80_0000, Math.min(block.lost, 0x7f_ffff));
  writer
    .u32(block.ssrc)
    .u8(block.fractionLost)
    .u24(lost < 0 ? lost + 2 ** 24 : lost)
    .u32(block.highestSequence)
    .u32(block.jitter)
    .u32(block.lastSenderReport)
    .u32(block.sinceSenderReport);
}
