import { concat, EMPTY } from '../../src/bytes/bytes.ts';
import { Reader } from '../../src/bytes/reader.ts';
import {
  deriveExtendedMasterSecret,
  deriveTrafficKeys,
  deriveVerifyData,
  exportKeyingMaterial12,
} from '../../src/crypto/key-schedule-v12.ts';
import { nodeCrypto } from '../../src/crypto/node/index.ts';
import type { RecordProtection } from '../../src/record/protection.ts';
import { aeadProtectionV12 } from '../../src/record/protection-v12.ts';
import { Alert, AlertLevel } from '../../src/registry/alerts.ts';
import { ContentType } from '../../src/registry/content-types.ts';
import { HandshakeType } from '../../src/registry/handshake-types.ts';
import { writeAlert } from '../../src/wire/alert.ts';
import {
  type HandshakeMessage,
  readHandshakeFragment,
  writeHandshakeMessage,
} from '../../src/wire/handshake.ts';
import { readClientHello } from '../../src/wire/messages/client-hello.ts';
import { readClientKeyExchange } from '../../src/wire/messages/client-key-exchange.ts';
import { readHelloVerifyRequest } from '../../src/wire/messages/hello-verify-request.ts';
import { readServerHello } from '../../src/wire/messages/server-hello.ts';
import { readServerKeyExchange } from '../../src/wire/messages/server-key-exchange.ts';
import { plaintextRecord, recordsOf } from '../lib/records.ts';
import { BODIES, type Knowledge, SUITE } from './bodies.ts';
import { isNumbered, MESSAGE_TYPES, type Move, partsOf, RECORD_TYPES, type RecordName } from './moves.ts';

const RECORD_BODIES: Readonly<Record<RecordName, Uint8Array>> = {
  change_cipher_spec: Uint8Array.of(1),
  warning_alert: writeAlert({ level: AlertLevel.warning, description: Alert.user_canceled }),
  application_data: Uint8Array.of(1, 2, 3),
  unknown_record: Uint8Array.of(1),
};

interface Sent {
  readonly message: HandshakeMessage;
  readonly epoch: 0 | 1;
}

/**
 * A peer that sends what it is told to, in whatever order, and is honest in all else: its transcript is of what really
 * went to and fro, and its signatures, keys and Finished are right for that. Only for the order can it be refused. It
 * is no implementation of the protocol, for it never asks whether what it hears was to be expected.
 */
export class Player {
  readonly role: 'client' | 'server';
  readonly #share = nodeCrypto.generateKeyShare('X25519');
  #clientRandom: Uint8Array = new Uint8Array(32).fill(1);
  #serverRandom: Uint8Array = new Uint8Array(32).fill(2);
  #cookie: Uint8Array = EMPTY;
  /** Whole messages with their headers. */
  #transcript: Uint8Array[] = [];
  #hello: Uint8Array = EMPTY;
  #last: Sent | undefined;
  #strangerSpoke = false;
  #nextMessageSeq = 0;
  #nextRecord = 0;
  #lastHeard = -1;
  #peerPublicKey: Uint8Array | undefined;
  /** Until there is a better one: the key that everybody knows (CVE-2014-0224). */
  #masterSecret: Uint8Array = EMPTY;
  #agreed = false;
  #keys: { readonly own: RecordProtection; readonly peer: RecordProtection } | undefined;
  /** Alerts of the connection: level and description. */
  readonly alerts: Uint8Array[] = [];

  constructor(role: 'client' | 'server') {
    this.role = role;
  }

  /** The datagram that makes this move. `body`: another one than would be right. */
  move(move: Move, body?: Uint8Array): Uint8Array {
    const { epoch, message, record } = partsOf(move);
    this.#strangerSpoke = move === "stranger's client_hello";
    if (record !== undefined) return this.#record(RECORD_TYPES[record], epoch, RECORD_BODIES[record]);
    if (message === undefined) return this.#last === undefined ? EMPTY : this.#send(this.#last);
    const known = this.#strangerSpoke ? this.#stranger : this.#knowledge;
    const numbered = isNumbered(move);
    const sent: Sent = {
      message: {
        type: MESSAGE_TYPES[message],
        messageSeq: numbered ? this.#nextMessageSeq++ : 0,
        body: body ?? (move === 'empty certificate' ? Uint8Array.of(0, 0, 0) : BODIES[message](known)),
      },
      epoch,
    };
    if (!numbered) return this.#send(sent);
    this.#last = sent;
    const whole = writeHandshakeMessage(sent.message);
    // Neither of them counts: RFC 5246 §7.4.1.1, RFC 6347 §4.2.1.
    if (message !== 'hello_request' && message !== 'hello_verify_request') this.#transcript.push(whole);
    if (message === 'client_hello') this.#hello = whole;
    if (message === 'client_key_exchange' && this.role === 'client') this.#agree();
    return this.#send(sent);
  }

  /** Takes in a datagram of the connection's. */
  hear(datagram: Uint8Array): void {
    for (const record of recordsOf(datagram)) {
      const plaintext = record.epoch === 0 ? record.fragment : this.#keys?.peer.open(record);
      if (plaintext === undefined) throw new Error('the player cannot open what the connection has sealed');
      if (record.type === ContentType.alert) this.alerts.push(plaintext);
      // What a stranger is answered goes to the stranger.
      if (record.type === ContentType.handshake && !this.#strangerSpoke)
        this.#hearMessages(new Reader(plaintext));
    }
  }

  /** The transcript so far, message by message. */
  get transcript(): readonly Uint8Array[] {
    return this.#transcript;
  }

  /** What belongs into a Finished of `role` now, or over another transcript. */
  verifyData(
    role: 'client' | 'server' = this.role,
    transcript: readonly Uint8Array[] = this.#transcript,
  ): Uint8Array {
    const hash = nodeCrypto.hash(SUITE.hash, concat(...transcript));
    return deriveVerifyData(nodeCrypto, SUITE.hash, this.#masterSecret, role, hash);
  }

  exportKeyingMaterial(length: number, label: string): Uint8Array {
    const { hash } = SUITE;
    return exportKeyingMaterial12(
      nodeCrypto,
      hash,
      this.#masterSecret,
      this.#randoms,
      label,
      undefined,
      length,
    );
  }

  get #randoms(): { readonly client: Uint8Array; readonly server: Uint8Array } {
    return { client: this.#clientRandom, server: this.#serverRandom };
  }

  get #knowledge(): Knowledge {
    return {
      clientRandom: this.#clientRandom,
      serverRandom: this.#serverRandom,
      cookie: this.#cookie,
      publicKey: this.#share.publicKey,
      transcript: () => concat(...this.#transcript),
      verifyData: () => this.verifyData(),
    };
  }

  get #stranger(): Knowledge {
    return { ...this.#knowledge, clientRandom: new Uint8Array(32).fill(3), cookie: EMPTY };
  }

  #send({ message, epoch }: Sent): Uint8Array {
    return this.#record(ContentType.handshake, epoch, writeHandshakeMessage(message));
  }

  #record(type: number, epoch: 0 | 1, plaintext: Uint8Array): Uint8Array {
    const sequenceNumber = this.#nextRecord++;
    if (epoch === 0) return plaintextRecord(type, plaintext, sequenceNumber);
    this.#keys ??= this.#deriveKeys();
    return this.#keys.own.seal(type, 1, sequenceNumber, plaintext);
  }

  #hearMessages(reader: Reader): void {
    while (reader.remaining > 0) {
      const read = readHandshakeFragment(reader);
      if (read === undefined || read.fragment.length !== read.length) throw new Error('no whole message');
      const { type, messageSeq, fragment: body } = read;
      if (messageSeq <= this.#lastHeard) continue;
      this.#lastHeard = messageSeq;
      this.#hearMessage(type, body, writeHandshakeMessage({ type, messageSeq, body }));
    }
  }

  #hearMessage(type: number, body: Uint8Array, whole: Uint8Array): void {
    if (type === HandshakeType.hello_verify_request) {
      this.#cookie = readHelloVerifyRequest(body)?.cookie ?? EMPTY;
      return;
    }
    // A handshake begins with the hello that is answered, whatever was sent before (RFC 6347 §4.2.1).
    if (type === HandshakeType.client_hello) this.#begin();
    if (type === HandshakeType.server_hello) this.#begin(this.#hello);
    this.#transcript.push(whole);
    if (type === HandshakeType.client_hello) this.#clientRandom = readClientHello(body)?.random ?? EMPTY;
    if (type === HandshakeType.server_hello) this.#serverRandom = readServerHello(body)?.random ?? EMPTY;
    if (type === HandshakeType.server_key_exchange)
      this.#peerPublicKey = readServerKeyExchange(body)?.publicKey;
    if (type === HandshakeType.client_key_exchange) {
      this.#peerPublicKey = readClientKeyExchange(body);
      this.#agree();
    }
  }

  #begin(...transcript: readonly Uint8Array[]): void {
    this.#transcript = [...transcript];
    this.#agreed = false;
  }

  /**
   * Both sides' shares are known, and the transcript ends with the ClientKeyExchange (RFC 7627 §3). The first one
   * counts: the keys of a second are nobody's.
   */
  #agree(): void {
    if (this.#agreed) return;
    const premaster = this.#peerPublicKey && this.#share.agree(this.#peerPublicKey);
    if (premaster === undefined) return;
    this.#agreed = true;
    const hash = nodeCrypto.hash(SUITE.hash, concat(...this.#transcript));
    this.#masterSecret = deriveExtendedMasterSecret(nodeCrypto, SUITE.hash, premaster, hash);
    this.#keys = this.#deriveKeys();
  }

  #deriveKeys(): { readonly own: RecordProtection; readonly peer: RecordProtection } {
    const keys = deriveTrafficKeys(nodeCrypto, SUITE, this.#masterSecret, this.#randoms);
    const protect = (side: 'client' | 'server'): RecordProtection =>
      aeadProtectionV12(nodeCrypto, SUITE.aead, keys[side].key, keys[side].fixedIv);
    const other = this.role === 'client' ? 'server' : 'client';
    return { own: protect(this.role), peer: protect(other) };
  }
}
