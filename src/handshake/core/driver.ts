import { Reader } from '../../bytes/reader.ts';
import { DtlsError } from '../../errors/dtls-error.ts';
import type { RecordProtection } from '../../record/protection.ts';
import type { DiscardReason } from '../../registry/discard-reasons.ts';
import { HandshakeType, handshakeTypeName } from '../../registry/handshake-types.ts';
import {
  type HandshakeFragment,
  type HandshakeMessage,
  readHandshakeFragment,
} from '../../wire/handshake.ts';
import type { HandshakeConfig } from './config.ts';
import { type FlightItem, type FlightRecords, packFlight, type SentPart } from './flight.ts';
import { type AwaitAnswer, type Machine, type NamedState, step, takesMessages } from './machine.ts';
import type { HandshakePort, Question, Session } from './port.ts';
import { Reassembly } from './reassembly.ts';
import { RetransmissionTimer } from './retransmission-timer.ts';
import { Transcript } from './transcript.ts';

/** Whoever owns the handshake and carries out what it decides. */
export interface HandshakeOwner extends FlightRecords {
  /** Largest datagram in bytes, as of now. */
  mtu(): number;
  useVersion(version: number): void;
  installKeys(direction: 'read' | 'write', epoch: number, protection: RecordProtection): void;
  sendDatagram(datagram: Uint8Array): void;
  onSent(part: SentPart, repeated: boolean): void;
  onReceived(fragment: HandshakeFragment, repeated: boolean): void;
  onDiscard(reason: DiscardReason): void;
  onState(state: string): void;
  onPeerCertificate(chain: readonly Uint8Array[]): void;
  onQuestion(question: Question): void;
  onSecret(secret: Uint8Array): void;
  onKeylog(label: string, clientRandom: Uint8Array, secret: Uint8Array): void;
  onEstablished(session: Session): void;
}

/** How often flights are sent again, and when; all in ms. */
export interface HandshakeTimes {
  readonly initialTimeout: number;
  readonly maximumTimeout: number;
}

/**
 * A path may swallow large datagrams without a word: a flight that has been repeated so often, without an answer, is
 * cut into smaller ones, and those after it too (RFC 6347 §4.1.1.1). 548 is what any host takes of IPv4.
 */
const BACK_OFF = [
  { repeats: 3, mtu: 548 },
  { repeats: 6, mtu: 256 },
] as const;

/**
 * Runs one role's machine: brings it whole messages in order, packs what it sends into flights, and sends them
 * again until they are answered. It alone knows fragments and timers (RFC 6347 §4.2.4). Steps throw `DtlsError`
 * for what the peer does wrong; it passes through every method here to the owner, who ends the connection.
 */
export class HandshakeDriver<State extends NamedState> {
  readonly timer: RetransmissionTimer;
  readonly #machine: Machine<State>;
  readonly #owner: HandshakeOwner;
  readonly #config: HandshakeConfig;
  /** While there are steps to act through it. */
  #port: HandshakePort | undefined;
  #reassembly: Reassembly = new Reassembly();
  /** A ClientHello in pieces, while they may come from anyone. */
  #helloPieces: Reassembly | undefined;
  /** Hellos that one datagram may still begin, so that none gets more than one answer or makes much work. */
  #helloTurns = 1;
  /** Repeats that the datagram at hand may still have answered: a peer may put a thousand into one. */
  #answerTurns = 1;
  #destroyed = false;
  readonly #transcript: Transcript;
  #state: State | undefined;
  #now = 0;

  /** The flight sent last, kept for sending it again. */
  #flight: readonly FlightItem[] = [];
  /** The flight being built. */
  #building: FlightItem[] = [];
  #writeEpoch = 0;
  #nextMessageSeq = 0;
  /** How often the flight has been sent again. */
  #repeats = 0;
  /** The most that the path seems to let through. */
  #pathMtu = Number.POSITIVE_INFINITY;
  /** The last message of the peer's flight that our last flight answers. */
  #answeredSeq = -1;
  #retransmissions = 0;
  #renegotiationSeen = false;

  constructor(
    machine: Machine<State>,
    config: HandshakeConfig,
    times: HandshakeTimes,
    owner: HandshakeOwner,
  ) {
    this.#machine = machine;
    this.#owner = owner;
    this.timer = new RetransmissionTimer(times.initialTimeout, times.maximumTimeout);
    this.#transcript = new Transcript(config.crypto);
    this.#config = config;
  }

  /** Flights sent again so far. */
  get retransmissions(): number {
    return this.#retransmissions;
  }

  /** A ClientHello was sent, or one was accepted: the handshake's time runs. */
  get underway(): boolean {
    return this.#state !== undefined && !this.#machine.isOpenToHellos(this.#state);
  }

  /** The epoch that what we send now belongs to. */
  get writeEpoch(): number {
    return this.#writeEpoch;
  }

  get complete(): boolean {
    return this.#state?.name === 'established';
  }

  start(now: number): void {
    this.#now = now;
    this.#enter(this.#machine.start(this.#openPort()));
  }

  /** Starts with a ClientHello that has come, and whose sender is known to be where it seems to be. */
  startWith(hello: HandshakeMessage, now: number): void {
    this.start(now);
    const { type, messageSeq, body } = hello;
    const { length } = body;
    this.#owner.onReceived({ type, length, messageSeq, fragmentOffset: 0, fragment: body }, false);
    if (this.#state !== undefined) this.#takeHello(this.#state, hello);
  }

  /** To be called before the records of each datagram. */
  beginDatagram(): void {
    this.#helloTurns = 1;
    this.#answerTurns = 1;
    this.#reassembly.beginDatagram();
  }

  /** The handshake messages of one record. */
  receive(plaintext: Uint8Array, epoch: number, now: number): void {
    this.#now = now;
    const reader = new Reader(plaintext);
    if (reader.remaining === 0) this.#owner.onDiscard('malformed_fragment');
    while (reader.remaining > 0 && !this.#destroyed) {
      const fragment = readHandshakeFragment(reader);
      if (fragment === undefined) {
        this.#owner.onDiscard('malformed_fragment');
        return;
      }
      this.#receiveFragment(fragment, epoch);
    }
  }

  /** At or after `timer.deadline`: sends the last flight again. */
  handleTimeout(now: number): void {
    this.#now = now;
    this.timer.backOff(now);
    this.#transmit(true);
  }

  /** The caller's answer to the question that is open. */
  resume(answer: unknown, now: number): void {
    this.#now = now;
    const state: State | AwaitAnswer<State> | undefined = this.#state;
    if (state === undefined || !isAwaitAnswer(state)) return;
    this.#enter(state.resume(answer));
    this.#handleMessages();
  }

  /** Lets go of everything that only an open handshake needs. */
  destroy(): void {
    this.#destroyed = true;
    this.timer.stop();
    this.#reassembly.clear();
    this.#transcript.release();
    this.#flight = [];
    this.#building = [];
  }

  #receiveFragment(fragment: HandshakeFragment, epoch: number): void {
    if (this.complete) {
      this.#receiveAfterHandshake(fragment);
      return;
    }
    if (this.#state !== undefined && this.#machine.isOpenToHellos(this.#state)) {
      this.#receiveHello(this.#state, fragment, epoch);
      return;
    }
    if (beginsAgain(fragment, this.#reassembly.nextMessageSeq)) {
      this.#owner.onDiscard('renegotiation'); // of no effect in a handshake: RFC 5246 §7.4.1.1, and anyone's hello
      return;
    }
    const verdict = this.#reassembly.add(fragment, epoch);
    this.#owner.onReceived(fragment, fragment.messageSeq < this.#reassembly.nextMessageSeq);
    if (verdict === 'stored' || verdict === 'replaced') {
      if (verdict === 'replaced') this.#owner.onDiscard('conflicting_fragment');
      this.#handleMessages();
    } else if (verdict === 'repeated') {
      this.#owner.onDiscard('repeated_message');
      this.#answerAgain(fragment.messageSeq, this.timer.mayRepeat(this.#now));
    } else if (verdict === 'conflict') {
      throw new DtlsError(
        'ERR_DTLS_ILLEGAL_PARAMETER',
        `The peer sent fragments of ${handshakeTypeName(fragment.type)} that contradict each other.`,
      );
    } else {
      this.#owner.onDiscard(verdict.discard);
    }
  }

  /**
   * As long as no ClientHello is accepted, each is taken by itself: whatever came before may have been anyone's,
   * and must not stand in its way. Of pieces, those of the newest message are kept.
   */
  #receiveHello(state: State, fragment: HandshakeFragment, epoch: number): void {
    if (fragment.type !== HandshakeType.client_hello || epoch !== 0) {
      this.#owner.onDiscard('unexpected_content_type');
      return;
    }
    this.#owner.onReceived(fragment, false);
    let pieces = this.#helloPieces;
    let verdict = pieces?.nextMessageSeq === fragment.messageSeq ? pieces.add(fragment, epoch) : undefined;
    if (pieces === undefined || verdict !== 'stored') {
      if (this.#helloTurns === 0) {
        this.#owner.onDiscard('repeated_message');
        return;
      }
      this.#helloTurns--;
      pieces = new Reassembly(fragment.messageSeq);
      verdict = pieces.add(fragment, epoch);
      if (verdict !== 'stored') {
        this.#owner.onDiscard(typeof verdict === 'object' ? verdict.discard : 'malformed_fragment');
        return;
      }
    }
    const hello = pieces.take();
    this.#helloPieces = hello === undefined ? pieces : undefined;
    if (hello === undefined) return;
    this.#helloTurns = 0;
    this.#takeHello(state, hello);
  }

  #takeHello(state: State, hello: HandshakeMessage): void {
    // Ours begin with the number of the hello they answer: 0, or 1 after a cookie (RFC 6347 §4.2.2).
    this.#reassembly = new Reassembly(hello.messageSeq + 1);
    this.#nextMessageSeq = hello.messageSeq;
    this.#transcript.reset();
    this.#transcript.add(hello);
    this.#enter(step(this.#machine.states, state, hello, this.#openPort()));
  }

  /**
   * The peer's Finished again means that it lacks our last flight, which goes out once more each time
   * (RFC 6347 §4.2.4). Anything else would be a renegotiation.
   */
  #receiveAfterHandshake(fragment: HandshakeFragment): void {
    const repeated = fragment.type === HandshakeType.finished && fragment.messageSeq === this.#answeredSeq;
    this.#owner.onReceived(fragment, repeated);
    if (repeated) {
      this.#owner.onDiscard('repeated_message');
      this.#answerAgain(fragment.messageSeq, true);
    } else {
      this.#renegotiationSeen ||=
        fragment.type === HandshakeType.hello_request || fragment.type === HandshakeType.client_hello;
      const seen = fragment.messageSeq < this.#reassembly.nextMessageSeq;
      this.#owner.onDiscard(seen ? 'repeated_message' : 'renegotiation');
    }
  }

  /** Whether the peer has asked to renegotiate since this was last read. */
  takeRenegotiationRequest(): boolean {
    const seen = this.#renegotiationSeen;
    this.#renegotiationSeen = false;
    return seen;
  }

  #answerAgain(messageSeq: number, permitted: boolean): void {
    if (messageSeq !== this.#answeredSeq || this.#flight.length === 0 || !permitted) return;
    if (this.#answerTurns === 0) return;
    this.#answerTurns--;
    this.timer.restart(this.#now);
    this.#transmit(true);
  }

  #handleMessages(): void {
    while (
      !this.#destroyed &&
      this.#state !== undefined &&
      takesMessages(this.#machine.states, this.#state)
    ) {
      const message = this.#reassembly.take();
      if (message === undefined) return;
      this.#transcript.add(message);
      this.#enter(step(this.#machine.states, this.#state, message, this.#openPort()));
    }
  }

  #enter(state: State): void {
    if (state.name !== this.#state?.name) this.#owner.onState(state.name);
    this.#state = state;
    if (!this.complete) return;
    this.#port = undefined;
    // Kept is only a flight that the peer may ask for again: not one that its Finished has answered.
    if (this.#answeredSeq < this.#reassembly.nextMessageSeq - 1) this.#flight = [];
    this.timer.stop();
    this.#reassembly.clear();
    this.#transcript.release();
  }

  #transmit(repeated: boolean): void {
    const owner = this.#owner;
    if (repeated) {
      this.#retransmissions++;
      this.#repeats++;
      for (const { repeats, mtu } of BACK_OFF)
        if (this.#repeats >= repeats) this.#pathMtu = Math.min(this.#pathMtu, mtu);
    }
    for (const { bytes, parts } of packFlight(this.#flight, Math.min(owner.mtu(), this.#pathMtu), owner)) {
      for (const part of parts) owner.onSent(part, repeated);
      owner.sendDatagram(bytes);
    }
  }

  #openPort(): HandshakePort {
    this.#port ??= this.#makePort(this.#config);
    return this.#port;
  }

  #makePort(config: HandshakeConfig): HandshakePort {
    const driver = this;
    const owner = this.#owner;
    return {
      config,
      transcript: this.#transcript,
      send(type, body) {
        const message: HandshakeMessage = { type, messageSeq: driver.#nextMessageSeq++, body };
        driver.#building.push({ kind: 'message', epoch: driver.#writeEpoch, message });
        driver.#transcript.add(message);
      },
      sendChangeCipherSpec() {
        driver.#building.push({ kind: 'change_cipher_spec', epoch: driver.#writeEpoch });
        driver.#writeEpoch++;
      },
      flush(answer) {
        driver.#flight = driver.#building;
        driver.#building = [];
        driver.#repeats = 0;
        driver.#answeredSeq = driver.#reassembly.nextMessageSeq - 1;
        driver.#transmit(false);
        if (answer === 'expected') driver.timer.start(driver.#now);
        else driver.timer.stop();
      },
      flightReceived: () => {
        driver.#flight = []; // answered: nobody lacks it
        driver.timer.answered(driver.#now);
      },
      useVersion: (version) => owner.useVersion(version),
      installKeys: (direction, protection) => owner.installKeys(direction, 1, protection),
      peerCertificate: (chain) => owner.onPeerCertificate(chain),
      ask: (question) => owner.onQuestion(question),
      keepSecret: (secret) => owner.onSecret(secret),
      keylog: (label, clientRandom, secret) => owner.onKeylog(label, clientRandom, secret),
      established: (session) => owner.onEstablished(session),
    };
  }
}

/** A request for a new handshake, where one is under way. A ClientHello of before is merely repeated. */
function beginsAgain({ type, messageSeq }: HandshakeFragment, nextMessageSeq: number): boolean {
  return (
    type === HandshakeType.hello_request ||
    (type === HandshakeType.client_hello && messageSeq >= nextMessageSeq)
  );
}

function isAwaitAnswer<State extends NamedState>(
  state: State | AwaitAnswer<State>,
): state is AwaitAnswer<State> {
  return state.name === 'awaitAnswer';
}
