import { ContentType } from '../../../src/registry/content-types.ts';
import { HandshakeType } from '../../../src/registry/handshake-types.ts';
import { writeHandshakeMessage } from '../../../src/wire/handshake.ts';
import { writeClientHello } from '../../../src/wire/messages/client-hello.ts';
import { seeded } from '../../lib/lossy.ts';
import { plaintextRecord } from '../../lib/records.ts';
import { clientHello, helloDatagram, helloPieces, longHello, randomOf, replyOf, together } from './hellos.ts';

/** What one stranger of a storm sends, from an address that nobody else has. */
export interface Gust {
  readonly datagrams: readonly Uint8Array[];
  /** A HelloVerifyRequest is to come. */
  readonly answered: boolean;
}

/** Bytes of a hello before the length of the cookie, if the session_id is empty (RFC 6347 §4.2.1). */
const BEFORE_COOKIE = 35;

/**
 * The strangers of a storm of hellos, the same for the same seed. Of ten, five say a plain hello, one says it in
 * fragments, one sends a fragment and never the rest, one has a cookie of noise, one a cookie that another was given for
 * the same hello, and one sends something malformed. None has a cookie of its own.
 */
export class Storm {
  readonly #random: () => number;
  /** The number of a hello, and the cookie that was given for it. */
  #stolen: { readonly number: number; readonly cookie: Uint8Array } | undefined;

  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  gust(number: number): Gust {
    const hello = clientHello({ random: randomOf(number) });
    const long = longHello({ random: randomOf(number) });
    switch (number % 10) {
      case 5: {
        const pieces = helloPieces(long, [this.#below(1300) + 1]);
        return { datagrams: this.#random() < 0.5 ? pieces : pieces.reverse(), answered: true };
      }
      case 6:
        return { datagrams: helloPieces(long, [this.#below(1300) + 1]).slice(0, 1), answered: false };
      case 7: {
        const cookie = new Uint8Array(1 + this.#below(255)).fill(this.#below(256));
        return { datagrams: [helloDatagram({ ...hello, cookie })], answered: true };
      }
      case 8: {
        const stolen = this.#stolen ?? { number, cookie: new Uint8Array(32) };
        const same = clientHello({ random: randomOf(stolen.number), cookie: stolen.cookie });
        return { datagrams: [helloDatagram(same)], answered: true };
      }
      case 9:
        return { datagrams: [this.#malformed(helloDatagram(hello))], answered: false };
      default:
        return { datagrams: [helloDatagram(hello)], answered: true };
    }
  }

  /** Tells what came back to a plain hello: from then on others try with its cookie. */
  replied(number: number, datagram: Uint8Array): void {
    if (number % 10 < 5) this.#stolen = { number, cookie: replyOf({ type: 'reply', datagram }).cookie };
  }

  #malformed(hello: Uint8Array): Uint8Array {
    const body = writeClientHello(clientHello());
    const inRecord = (bytes: Uint8Array): Uint8Array =>
      plaintextRecord(
        ContentType.handshake,
        writeHandshakeMessage({ type: HandshakeType.client_hello, messageSeq: 0, body: bytes }),
      );
    switch (this.#below(5)) {
      case 0:
        return hello.subarray(0, this.#below(hello.length));
      case 1:
        return inRecord(body.subarray(0, this.#below(BEFORE_COOKIE)));
      case 2:
        body[BEFORE_COOKIE] = 255; // a cookie beyond the end of the message
        return inRecord(body);
      case 3:
        return together(hello, hello);
      default:
        return new Uint8Array(1 + this.#below(1200)).fill(this.#below(256));
    }
  }

  /** A whole number from 0 to below `limit`. */
  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}

/** What a storm has done so far. */
export interface StormCounts {
  /** Strangers, each of whom has said its hello. */
  readonly hellos: number;
  readonly replies: number;
  /** Of UDP payload, towards the server and back. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Hellos sent again because no reply had come. */
  readonly repeats: number;
}

export const NO_STORM: StormCounts = { hellos: 0, replies: 0, bytesSent: 0, bytesReceived: 0, repeats: 0 };
