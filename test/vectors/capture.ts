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

/** A protected record of DTLS 1.3 begins with the bits 001 (RFC 9147 §4); its length may be left out, so it ends the reading. */
function isCiphertextV13(first: number): boolean {
  return first >> 5 === 1;
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

/** Two peers' traffic with the secrets that open it. */
export class Capture {
  readonly datagrams: readonly CapturedDatagram[];
  /** The random that every line of the key log names. */
  readonly clientRandom: Uint8Array;
  readonly #secrets: ReadonlyMap<string, Uint8Array>;

  constructor(file: string) {
    const path = fileURLToPath(new URL(`captures/${file}`, import.meta.url));
    const capture: { keylog: string[]; datagrams: { from: number; hex: string }[] } = JSON.parse(
      readFileSync(path, 'utf8'),
    );
    const bytes = capture.datagrams.map(({ hex }) => bytesOf(hex));
    // Whoever sent the first DTLS record is the client.
    const client = capture.datagrams[bytes.findIndex((datagram) => packetKind(datagram) === 'dtls')]?.from;
    this.datagrams = capture.datagrams.map(({ from }, i) => ({
      from: from === client ? 'client' : 'server',
      bytes: bytes[i] ?? new Uint8Array(0),
    }));
    const lines = capture.keylog.map((line) => line.split(' '));
    this.clientRandom = bytesOf(lines[0]?.[1] ?? '');
    this.#secrets = new Map(lines.map(([label = '', , secret = '']) => [label, bytesOf(secret)]));
  }

  /** The secret of one line of the key log: `CLIENT_RANDOM` is the master secret of DTLS 1.2. */
  secret(label: string): Uint8Array {
    const secret = this.#secrets.get(label);
    if (secret === undefined) throw new Error(`the key log has no ${label}`);
    return secret;
  }

  /**
   * Every record with the header of DTLS 1.2 in order of capture, which in DTLS 1.3 are those of epoch 0. Throws when
   * anything in a DTLS datagram is not a record.
   */
  records(): CapturedRecord[] {
    const records: CapturedRecord[] = [];
    for (const { from, bytes } of this.datagrams) {
      if (packetKind(bytes) !== 'dtls') continue;
      const reader = new Reader(bytes);
      while (reader.remaining > 0 && !isCiphertextV13(bytes[reader.offset] ?? 0)) {
        const record = readRecord(reader);
        if (record === undefined) throw new Error('a DTLS datagram holds something that is not a record');
        records.push({ from, record });
      }
    }
    return records;
  }

  /** The handshake messages of epoch 0. In these captures none is fragmented. */
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
