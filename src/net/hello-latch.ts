import { toHex } from '../bytes/bytes.ts';
import { Reader } from '../bytes/reader.ts';
import { HandshakeType } from '../registry/handshake-types.ts';
import type { HandshakeFragment } from '../wire/handshake.ts';
import { readHelloVerifyRequest } from '../wire/messages/hello-verify-request.ts';
import { soleFragment } from '../wire/sole-fragment.ts';
import { sameAddress, type UdpAddress } from './address.ts';

/** Cookies remembered at a time; the oldest gives way. */
const MAX_COOKIES = 256;

/** client_version and random, which come before the session ID (RFC 6347 §4.2.1). */
const BEFORE_SESSION_ID = 34;

/**
 * Finds the peer of a DTLS 1.2 server that was not told its address.
 *
 * Anybody may say hello without a cookie, and the source of the hello last read is answered. It becomes the
 * peer when it returns a cookie that was sent to that very address (RFC 6347 §4.2.1), for then it can receive
 * where it sends from. The server makes a different cookie for each HelloVerifyRequest, so that a cookie tells
 * to whom it went. Any other cookie counts as none (RFC 6347 §4.2.1): it is spoilt before the server reads it,
 * which knows no addresses and would accept one that went to somebody else, and asks for another. For the same
 * reason a datagram with more than one hello in it is not read. Until there is a peer, a stray or forged hello moves nothing but the place where the next
 * HelloVerifyRequest goes.
 */
export class HelloLatch {
  /** To whom each cookie went. All that went to one address count: a hello that was repeated has several. */
  readonly #cookies = new Map<string, string>();
  #candidate: UdpAddress | undefined;

  /** The source of the hello last read; answers go there. */
  get candidate(): UdpAddress | undefined {
    return this.#candidate;
  }

  /** Whether a datagram may be read: a hello as described above, or the rest of the candidate's. */
  admits(datagram: Uint8Array, source: UdpAddress): boolean {
    const fragment = soleFragment(datagram);
    if (fragment?.type !== HandshakeType.client_hello) return false;
    if (fragment.fragmentOffset !== 0)
      return this.#candidate !== undefined && sameAddress(this.#candidate, source);
    return readCookie(fragment) !== undefined;
  }

  /**
   * Told of every admitted datagram that is read. True: its source is the peer. A cookie that does not show that
   * is spoilt in place.
   */
  read(datagram: Uint8Array, source: UdpAddress): boolean {
    const fragment = soleFragment(datagram);
    if (fragment === undefined || fragment.fragmentOffset !== 0) return false;
    this.#candidate = source;
    const cookie = readCookie(fragment);
    if (cookie === undefined || cookie.length === 0) return false;
    if (this.#wasSent(cookie, source)) return true;
    // All of it: whatever the server takes for its own is not in it any more.
    for (let i = 0; i < cookie.length; i++) cookie[i] = (cookie[i] ?? 0) ^ 0xff;
    return false;
  }

  /** Told of every datagram sent to the candidate; remembers the cookie of a HelloVerifyRequest. */
  sent(datagram: Uint8Array): void {
    const fragment = soleFragment(datagram);
    if (this.#candidate === undefined || fragment?.type !== HandshakeType.hello_verify_request) return;
    const request = readHelloVerifyRequest(fragment.fragment);
    if (request === undefined) return;
    this.#cookies.set(toHex(request.cookie), keyOf(this.#candidate));
    if (this.#cookies.size <= MAX_COOKIES) return;
    for (const oldest of this.#cookies.keys()) {
      this.#cookies.delete(oldest);
      break;
    }
  }

  #wasSent(cookie: Uint8Array, source: UdpAddress): boolean {
    return this.#cookies.get(toHex(cookie)) === keyOf(source);
  }
}

function keyOf(source: UdpAddress): string {
  return `${source.address} ${source.port}`;
}

/** The cookie of a ClientHello of which only the beginning may be there; undefined when it ends before. */
function readCookie(fragment: HandshakeFragment): Uint8Array | undefined {
  const hello = new Reader(fragment.fragment);
  hello.bytes(BEFORE_SESSION_ID);
  hello.vector8();
  const cookie = hello.vector8();
  return hello.ok ? cookie : undefined;
}
