import { concat, copy, plain, utf8 } from '../../bytes/bytes.ts';
import { nodeCrypto } from '../../crypto/node/index.ts';
import {
  checkBytes,
  checkInteger,
  checkNow,
  checkSecretBytes,
  invalidType,
  lengthOf,
  outOfRange,
} from '../../errors/arguments.ts';
import { ContentType } from '../../registry/content-types.ts';
import { HandshakeType } from '../../registry/handshake-types.ts';
import { WireVersion } from '../../registry/versions.ts';
import { type HandshakeMessage, writeHandshakeMessage } from '../../wire/handshake.ts';
import { cookieParameters, readClientHello } from '../../wire/messages/client-hello.ts';
import { writeHelloVerifyRequest } from '../../wire/messages/hello-verify-request.ts';
import { RECORD_HEADER_LENGTH, writeRecordHeader } from '../../wire/record.ts';
import { type SoleFragment, soleFragment } from '../../wire/sole-fragment.ts';
import { AddressCookies } from './address-cookies.ts';
import { Admission } from './admission.ts';
import { FragmentRing, type RingVerdict } from './fragment-ring.ts';
import { checkPeerAddress, type PeerAddress, peerKey } from './peer-address.ts';

export interface HelloGateOptions {
  /**
   * 32 to 64 secret bytes, from which the keys of cookies are derived. Gates of several processes with the same one,
   * the same `secretLifetime` and the same clock as `now`, accept each other's cookies. Default: random, of this gate alone.
   */
  readonly secret?: Uint8Array;
  /**
   * How long, in ms, a key makes cookies, 1,000 to 3,600,000; it is accepted for as long again, so that a cookie is good
   * for one to two of these. Default 60,000.
   */
  readonly secretLifetime?: number;
}

/** Why a datagram was dropped without an answer. */
export type HelloDiscardReason =
  /** No plaintext record with a ClientHello, or a fragment of one, and nothing else. */
  | 'not_a_client_hello'
  /** A ClientHello, or a fragment, that does not follow its syntax. */
  | 'malformed_hello'
  /** A ClientHello of more than 4,096 bytes that comes in fragments. */
  | 'hello_too_long'
  /** Pieces that had to make room: for those of others, or because there are more than 64 of one hello. */
  | 'fragment_limit'
  /** Pieces of a hello that a newer one contradicts. */
  | 'conflicting_fragment'
  /** Came from port 0, to which nothing can be sent. */
  | 'no_return_address';

/** What is to be done about a datagram. */
export type HelloGateResult =
  /** Send this back to where it came from: a HelloVerifyRequest, never longer than the hello. The bytes are the caller's. */
  | { readonly type: 'reply'; readonly datagram: Uint8Array }
  /** The address is proven: open a `DtlsConnection` with it, of which `start(now)` answers the hello. */
  | { readonly type: 'admission'; readonly admission: Admission }
  /** Nothing: a fragment, kept until the rest has come. */
  | { readonly type: 'waiting' }
  /** Nothing, for good. */
  | { readonly type: 'discard'; readonly reason: HelloDiscardReason };

/** Counts since the gate was made. */
export interface HelloGateStats {
  /** Datagrams given to `receive`. */
  readonly received: number;
  /** HelloVerifyRequests. */
  readonly replies: number;
  readonly admissions: number;
  /** Fragments kept until the rest of their hello has come. */
  readonly waiting: number;
  /** By reason; a reason that has not come up has no entry. Pieces that made room for others count here too. */
  readonly discards: Readonly<Partial<Record<HelloDiscardReason, number>>>;
}

const SECRET_LENGTH = { min: 32, max: 64 } as const;
const SECRET_LIFETIME = { min: 1000, max: 3_600_000 } as const;

const WAITING: HelloGateResult = { type: 'waiting' };

/**
 * The front of a server with many peers: makes whoever says hello prove by a cookie that it receives what is sent to
 * its address, and keeps nothing of anyone until then (RFC 6347 §4.2.1). It has no socket and no clock.
 *
 * Give it what comes from an address that has no `DtlsConnection` yet, and do what the result says. A hello in
 * fragments waits for its rest in fixed memory for all peers together, 512 KiB once a first fragment has come.
 * `DtlsServer` is a server with such a gate.
 */
export class HelloGate {
  readonly #cookies: AddressCookies;
  readonly #ring: FragmentRing = new FragmentRing();
  #received = 0;
  #replies = 0;
  #admissions = 0;
  #waiting = 0;
  readonly #discards: Partial<Record<HelloDiscardReason, number>> = {};

  /** @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE */
  constructor(options: HelloGateOptions = {}) {
    if (typeof options !== 'object' || options === null) throw invalidType('options', 'an object', options);
    const { secret, secretLifetime = 60_000 } = options;
    checkInteger('options.secretLifetime', secretLifetime, SECRET_LIFETIME.min, SECRET_LIFETIME.max);
    this.#cookies = new AddressCookies(nodeCrypto, readSecret(secret), secretLifetime);
  }

  /**
   * Judges one datagram, whose bytes are borrowed until this returns.
   *
   * @param peer where it came from, and where a reply is to go
   * @param now milliseconds, for changing keys only; `Date.now()` where processes share a secret. A clock that jumps
   * makes clients prove their addresses anew, and nothing worse.
   * @throws ERR_INVALID_ARG_TYPE or ERR_OUT_OF_RANGE for wrong arguments; nothing for what is in a datagram
   */
  receive(datagram: Uint8Array, peer: PeerAddress, now: number): HelloGateResult {
    checkBytes('datagram', datagram);
    checkPeerAddress('peer', peer);
    checkNow(now);
    this.#received++;
    const fragment = soleFragment(plain(datagram));
    if (fragment?.type !== HandshakeType.client_hello) return this.#discard('not_a_client_hello');
    if (peer.port === 0) return this.#discard('no_return_address');
    if (fragment.fragment.length === fragment.length)
      return this.#judge({ ...fragment, body: fragment.fragment }, fragment, peer, now);
    const verdict = this.#ring.add(peerKey(peer), fragment);
    return typeof verdict === 'object'
      ? this.#judge(verdict.message, fragment, peer, now)
      : this.#keepWaiting(verdict);
  }

  /** A snapshot. */
  get stats(): HelloGateStats {
    const discards = { ...this.#discards };
    const { evicted } = this.#ring;
    if (evicted > 0) discards.fragment_limit = (discards.fragment_limit ?? 0) + evicted;
    return {
      received: this.#received,
      replies: this.#replies,
      admissions: this.#admissions,
      waiting: this.#waiting,
      discards,
    };
  }

  /** A whole ClientHello, the end of which came in a record of that number. */
  #judge(
    { type, messageSeq, body }: HandshakeMessage,
    { recordSequenceNumber }: SoleFragment,
    peer: PeerAddress,
    now: number,
  ): HelloGateResult {
    const hello = readClientHello(body);
    if (hello === undefined) return this.#discard('malformed_hello');
    // An address has no zero byte in it.
    const subject = concat(utf8(`${peerKey(peer)}\0`), ...cookieParameters(hello, body));
    if (this.#cookies.accepts(hello.cookie, subject, now)) {
      this.#admissions++;
      const message = { type, messageSeq, body: copy(body) };
      return { type: 'admission', admission: new Admission({ message, recordSequenceNumber }) };
    }
    // One that is wrong is as good as none (RFC 6347 §4.2.1): the key may have changed.
    this.#replies++;
    const cookie = this.#cookies.make(subject, now);
    return { type: 'reply', datagram: helloVerifyRequest(cookie, messageSeq, recordSequenceNumber) };
  }

  #keepWaiting(verdict: Exclude<RingVerdict, object>): HelloGateResult {
    switch (verdict) {
      case 'replaced':
        this.#discard('conflicting_fragment');
        this.#waiting++;
        return WAITING;
      case 'waiting':
        this.#waiting++;
        return WAITING;
      case 'too_long':
        return this.#discard('hello_too_long');
      case 'too_many_pieces':
        return this.#discard('fragment_limit');
      case 'malformed':
        return this.#discard('malformed_hello');
    }
  }

  #discard(reason: HelloDiscardReason): HelloGateResult {
    this.#discards[reason] = (this.#discards[reason] ?? 0) + 1;
    return { type: 'discard', reason };
  }
}

function readSecret(secret: Uint8Array | undefined): Uint8Array {
  if (secret === undefined) return nodeCrypto.randomBytes(SECRET_LENGTH.min);
  checkSecretBytes('options.secret', secret);
  const { min, max } = SECRET_LENGTH;
  if (secret.length < min || secret.length > max)
    throw outOfRange('options.secret', `of ${min} to ${max} bytes`, lengthOf(secret));
  return copy(secret);
}

/** Its numbers are those of the hello, for the server counts nothing yet (RFC 6347 §4.2.1). */
function helloVerifyRequest(
  cookie: Uint8Array,
  messageSeq: number,
  recordSequenceNumber: number,
): Uint8Array {
  const type = HandshakeType.hello_verify_request;
  const message = writeHandshakeMessage({ type, messageSeq, body: writeHelloVerifyRequest({ cookie }) });
  const datagram = new Uint8Array(RECORD_HEADER_LENGTH + message.length);
  writeRecordHeader(
    datagram,
    0,
    ContentType.handshake,
    WireVersion.DTLSv1,
    0,
    recordSequenceNumber,
    message.length,
  );
  datagram.set(message, RECORD_HEADER_LENGTH);
  return datagram;
}
