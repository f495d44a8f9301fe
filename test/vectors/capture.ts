import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Reader } from '../../src/bytes/reader.ts';
import { ContentType } from '../../src/registry/content-types.ts';
import {
  type HandshakeMessage,
  readHandshakeFragment,
  writeHandshakeMessage,
} from '../../src/wire/handshake.ts';
import { type DtlsRecord, readRecord } from '../../src/wire/record.ts';

export type Side = 'client' | 'server';

/** A UDP payload of the capture. */
export interface CapturedDatagram {
  readonly from: Side;
  readonly bytes: Uint8Array;
}

export interface CapturedRecord {
  readonly from: Side;
  readonly record: DtlsRecord;
}

export interface CapturedMessage {
  readonly from: Side;
  readonly message: HandshakeMessage;
  /** The message with its 12-byte header, as if unfragmented: what the transcript is made of. */
  readonly whole: Uint8Array;
}

/** The kinds of packet that share a port, by the first byte (RFC 7983 §7). */
export function packetKind(bytes: Uint8Array): 'stun' | 'dtls' | 'srtp' | 'other' {
  const first = bytes[0] ?? 255;
  if (first < 4) return 'stun';
  if (first >= 20 && first < 64) return 'dtls';
  return first >= 128 && first < 192 ? 'srtp' : 'other';
}

/** RTP and RTCP on one port are told apart by the second byte (RFC 5761 §4). */
export function isRtcp(bytes: Uint8Array): boolean {
  const second = bytes[1] ?? 0;
  return second >= 192 && second <= 223;
}

/** Two peers' traffic with the secrets that open it. */
export class Capture {
  readonly datagrams: readonly CapturedDatagram[];
  /** Random and master secret of the key log line `CLIENT_RANDOM`. */
  readonly clientRandom: Uint8Array;
  readonly masterSecret: Uint8Array;

  constructor(file: string) {
    const path = fileURLToPath(new URL(`captures/${file}`, import.meta.url));
    const capture: { keylog: string[]; datagrams: { from: number; hex: string }[] } = JSON.parse(
      readFileSync(path, 'utf8'),
    );
    const bytes = capture.datagrams.map(({ hex }) => new Uint8Array(Buffer.from(hex, 'hex')));
    // Whoever sent the first DTLS record is the client.
    const client = capture.datagrams[bytes.findIndex((datagram) => packetKind(datagram) === 'dtls')]?.from;
    this.datagrams = capture.datagrams.map(({ from }, i) => ({
      from: from === client ? 'client' : 'server',
      bytes: bytes[i] ?? new Uint8Array(0),
    }));
    const [, random = '', secret = ''] =
      capture.keylog.find((line) => line.startsWith('CLIENT_RANDOM '))?.split(' ') ?? [];
    this.clientRandom = new Uint8Array(Buffer.from(random, 'hex'));
    this.masterSecret = new Uint8Array(Buffer.from(secret, 'hex'));
  }

  /** Every DTLS record in order of capture; throws when anything in a DTLS datagram is not a record. */
  records(): CapturedRecord[] {
    const records: CapturedRecord[] = [];
    for (const { from, bytes } of this.datagrams) {
      if (packetKind(bytes) !== 'dtls') continue;
      const reader = new Reader(bytes);
      while (reader.remaining > 0) {
        const record = readRecord(reader);
        if (record === undefined) throw new Error('a DTLS datagram holds something that is not a record');
        records.push({ from, record });
      }
    }
    return records;
  }

  /** The handshake messages of epoch 0. In this capture none is fragmented. */
  plaintextMessages(): CapturedMessage[] {
    const messages: CapturedMessage[] = [];
    for (const { from, record } of this.records()) {
      if (record.epoch !== 0 || record.type !== ContentType.handshake) continue;
      messages.push(...readMessages(record.fragment).map((message) => ({ from, ...message })));
    }
    return messages;
  }
}

/** The whole messages that fill one record's plaintext. */
export function readMessages(plaintext: Uint8Array): { message: HandshakeMessage; whole: Uint8Array }[] {
  const messages: { message: HandshakeMessage; whole: Uint8Array }[] = [];
  const reader = new Reader(plaintext);
  while (reader.remaining > 0) {
    const part = readHandshakeFragment(reader);
    if (part === undefined || part.fragment.length !== part.length) throw new Error('not a whole message');
    const message = { type: part.type, messageSeq: part.messageSeq, body: part.fragment };
    messages.push({ message, whole: writeHandshakeMessage(message) });
  }
  return messages;
}
