import { isNumbered, type Move, partsOf } from './moves.ts';

/*
 * Which sequences of messages are a handshake, written down from the RFCs and not from the code.
 *
 *   Client                                          Server
 *   ------                                          ------
 *   ClientHello             -------->                           Flight 1
 *                           <-------    HelloVerifyRequest      Flight 2
 *   ClientHello             -------->                           Flight 3
 *                                              ServerHello    \
 *                                             Certificate*     \
 *                                       ServerKeyExchange*      Flight 4
 *                                      CertificateRequest*     /
 *                           <--------      ServerHelloDone    /
 *   Certificate*                                              \
 *   ClientKeyExchange                                          \
 *   CertificateVerify*                                          Flight 5
 *   [ChangeCipherSpec]                                         /
 *   Finished                -------->                         /
 *                                       [ChangeCipherSpec]    \ Flight 6
 *                           <--------             Finished    /
 *                                                               RFC 6347 §4.2.4, figure 1
 *
 * "The handshake protocol messages are presented below in the order they MUST be sent; sending handshake messages
 * in an unexpected order results in a fatal error." (RFC 5246 §7.4)
 */

/** Who listens, and what was agreed with it beforehand. */
export interface Setting {
  readonly receiver: 'client' | 'server';
  /** A server that wants a cookie; a client takes requests for one in any case. */
  readonly cookie: boolean;
  /** Server: it asks for a certificate, and insists on it. Client: it has one to give when it is asked. */
  readonly certificate: boolean;
  /** The application is asked to sign and to judge the peer, and answers at once; or judges only at the very end. */
  readonly asks?: 'at once' | 'at last';
}

/** A message, and how often it may stand at its place. */
interface Place {
  readonly move: Move;
  readonly least: number;
  readonly most: number;
}

const once = (move: Move): Place => ({ move, least: 1, most: 1 });
const optional = (move: Move, most = 1): Place => ({ move, least: 0, most });

/**
 * What a client has to hear. With ECDHE suites, which are all there are, ServerKeyExchange is a must, and so is the
 * Certificate (RFC 8422 §2); CertificateRequest is the server's choice. How often a cookie may be asked for no RFC
 * says: this client bears it four times.
 */
const TO_CLIENT: readonly Place[] = [
  optional('hello_verify_request', 4),
  once('server_hello'),
  once('certificate'),
  once('server_key_exchange'),
  optional('certificate_request'),
  once('server_hello_done'),
  once('protected finished'),
];

/** What a server has to hear: a second ClientHello when it wants a cookie, and a proof with each certificate. */
function toServer({ cookie, certificate }: Setting): readonly Place[] {
  const hellos = cookie ? 2 : 1;
  return [
    { move: 'client_hello', least: hellos, most: hellos },
    ...(certificate ? [once('certificate')] : []),
    once('client_key_exchange'),
    ...(certificate ? [once('certificate_verify')] : []),
    once('protected finished'),
  ];
}

/**
 * The legal sequences: with and without each message that may be left out, which comes once where it may come several
 * times. The longest comes first. Each has its ChangeCipherSpec before Finished.
 */
export function legalSequences(setting: Setting): Move[][] {
  const places = setting.receiver === 'client' ? TO_CLIENT : toServer(setting);
  let sequences: Move[][] = [[]];
  for (const { move, least } of places) {
    const moves = Array.from({ length: Math.max(least, 1) }, () => move);
    if (move === 'protected finished') moves.unshift('change_cipher_spec');
    const withIt = sequences.map((sequence) => [...sequence, ...moves]);
    sequences = least > 0 ? withIt : [...withIt, ...sequences];
  }
  return sequences;
}

/** What a receiver has to make of a sequence. */
export interface Verdict {
  /** `wait`: nothing is wrong, or not so that one could tell who did it, and something is missing. */
  readonly outcome: 'complete' | 'wait' | 'refuse';
  /** Of a refusal. */
  readonly error: 'unexpected message' | 'no certificate' | undefined;
  /** How many moves count: all of them, or those up to the one that is refused. */
  readonly counting: number;
  /** There is a handshake, whose time is limited. */
  readonly underWay: boolean;
  /** Application data that are handed out by the end. */
  readonly messages: number;
}

/**
 * Judges a sequence by the grammar. What a receiver goes by beside it:
 *
 * - Messages are taken in the order of their numbers (RFC 6347 §4.2.2). One that is dropped leaves a gap, and what is
 *   behind it is never taken.
 * - Without consequence are all records that hold no handshake message, retransmissions, and HelloRequest, which
 *   "SHOULD be ignored by the client if it arrives in the middle of a handshake" (RFC 5246 §7.4). ChangeCipherSpec
 *   tells nothing that the epoch of the next record would not tell.
 * - Dropped, for anybody may have sent it, is a ClientHello within a handshake, a Finished without protection, and all
 *   that comes without protection once a record under keys has come.
 * - Dropped for want of keys is a message that comes under them too early. A client has them at the end of the
 *   server's flight, a server at the end of what the client sends without protection.
 * - A server that has not accepted a ClientHello has no handshake, and all else is without consequence.
 */
export function judge(setting: Setting, moves: readonly Move[]): Verdict {
  const judgement = new Judgement(setting);
  for (const move of moves) judgement.next(move);
  return judgement.verdict;
}

class Judgement {
  readonly #receiver: 'client' | 'server';
  readonly #places: readonly Place[];
  /** The place that was reached, and how often its message has come. */
  #at = 0;
  #times = 0;
  #gap = false;
  /** The peer has sent something under the right keys. */
  #keysShown = false;
  #messages = 0;
  #counting = 0;
  #error: Verdict['error'];

  constructor(setting: Setting) {
    this.#receiver = setting.receiver;
    this.#places = setting.receiver === 'client' ? TO_CLIENT : toServer(setting);
  }

  get verdict(): Verdict {
    const complete = this.#at === this.#places.length;
    return {
      outcome: this.#error !== undefined ? 'refuse' : complete ? 'complete' : 'wait',
      error: this.#error,
      counting: this.#counting,
      underWay: this.#underWay,
      messages: complete ? this.#messages : 0,
    };
  }

  next(move: Move): void {
    if (this.#error !== undefined) return;
    this.#counting++;
    const { epoch, message, record } = partsOf(move);
    if (epoch === 1 && this.#peerHasKeys) {
      this.#keysShown = true;
      if (record === 'application_data') this.#messages++;
    }
    const over = this.#gap || this.#at === this.#places.length;
    if (message === undefined || !isNumbered(move) || over) return;
    if (!this.#underWay && move !== 'client_hello') return;
    const keys = this.#at === this.#places.length - 1;
    const dropped = epoch === 1 ? !keys : message === 'finished' || (keys && this.#keysShown);
    const beginsAgain = message === 'hello_request' || (message === 'client_hello' && this.#underWay);
    if (dropped || beginsAgain) this.#gap = true;
    else if (!this.#take(move)) {
      this.#error =
        move === 'empty certificate' && this.#take('certificate') ? 'no certificate' : 'unexpected message';
    }
  }

  get #underWay(): boolean {
    return this.#receiver === 'client' || this.#at > 0;
  }

  /** What the keys are made of has gone to and fro. */
  get #peerHasKeys(): boolean {
    const last = this.#receiver === 'client' ? 'server_hello_done' : 'client_key_exchange';
    return this.#at > this.#places.findIndex(({ move }) => move === last);
  }

  /** Moves on past a message, if it may stand here. */
  #take(move: Move): boolean {
    for (;;) {
      const place = this.#places[this.#at];
      if (place === undefined) return false;
      if (place.move !== move) {
        if (this.#times < place.least) return false;
        this.#at++;
        this.#times = 0;
        continue;
      }
      this.#times++;
      if (this.#times === place.most) {
        this.#at++;
        this.#times = 0;
      }
      return true;
    }
  }
}
