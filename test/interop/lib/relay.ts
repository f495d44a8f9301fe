import type dgram from 'node:dgram';
import { closeSocket, LOOPBACK, openSocket } from './loopback.ts';

export type Direction = 'to-server' | 'to-client';

/** What goes on in place of a datagram: itself, perhaps changed, or any others, or none. */
export type Tamper = (datagram: Buffer, direction: Direction) => readonly Buffer[];

/** A man in the middle on loopback: the client speaks to `port`, the server sees datagrams of another port. */
export class Relay implements AsyncDisposable {
  readonly #front: dgram.Socket;
  readonly #back: dgram.Socket;

  private constructor(front: dgram.Socket, back: dgram.Socket, serverPort: number, tamper: Tamper) {
    this.#front = front;
    this.#back = back;
    let clientPort = 0;
    front.on('message', (datagram, sender) => {
      clientPort = sender.port;
      for (const passed of tamper(datagram, 'to-server')) back.send(passed, serverPort, LOOPBACK);
    });
    back.on('message', (datagram) => {
      for (const passed of tamper(datagram, 'to-client')) front.send(passed, clientPort, LOOPBACK);
    });
  }

  static async open(serverPort: number, tamper: Tamper): Promise<Relay> {
    const [front, back] = await Promise.all([openSocket(), openSocket()]);
    return new Relay(front, back, serverPort, tamper);
  }

  get port(): number {
    return this.#front.address().port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([closeSocket(this.#front), closeSocket(this.#back)]);
  }
}

/** A record inside a datagram, found without the library's own parsers. */
export interface SeenRecord {
  readonly contentType: number;
  readonly epoch: number;
  /** A view of the datagram without the record header: writing to it changes the datagram. */
  readonly fragment: Buffer;
}

export function recordsOf(datagram: Buffer): SeenRecord[] {
  const records: SeenRecord[] = [];
  for (let at = 0; at + 13 <= datagram.length; ) {
    const length = datagram.readUInt16BE(at + 11);
    records.push({
      contentType: datagram.readUInt8(at),
      epoch: datagram.readUInt16BE(at + 3),
      fragment: datagram.subarray(at + 13, at + 13 + length),
    });
    at += 13 + length;
  }
  return records;
}

/** Every handshake message, or fragment, of epoch 0: its type and a view of its body. */
export function plaintextMessagesOf(datagram: Buffer): { type: number; body: Buffer }[] {
  const messages: { type: number; body: Buffer }[] = [];
  for (const { contentType, epoch, fragment } of recordsOf(datagram)) {
    if (contentType !== 22 || epoch !== 0) continue;
    for (let at = 0; at + 12 <= fragment.length; ) {
      const length = fragment.readUIntBE(at + 9, 3);
      messages.push({ type: fragment.readUInt8(at), body: fragment.subarray(at + 12, at + 12 + length) });
      at += 12 + length;
    }
  }
  return messages;
}

/** Inverts one bit. */
export function flip(bytes: Buffer, offset: number): void {
  const at = offset < 0 ? bytes.length + offset : offset;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0x01, at);
}
