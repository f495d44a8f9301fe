import { sameBytes } from '../../../src/bytes/bytes.ts';
import type { ServerHello } from '../../../src/wire/messages/server-hello.ts';
import { fingerprintOf } from '../../lib/ends.ts';
import type { Edit } from './edit.ts';
import { fixedRandom } from './entropy.ts';
import { identity, privateNumber } from './identities.ts';
import { type Delivery, travel } from './road.ts';
import { sealOf, serverHelloIn } from './sealing.ts';
import { optionsOf, otherSide, type Setup, SIDES, type Side } from './setups.ts';
import { insist, WatchedEnd } from './watched.ts';

/** Datagrams that a case may carry to and fro, and times that timers may fire, before something is wrong. */
const MOST_DELIVERIES = 6000;
const MOST_TICKS = 120;

/** Edits that are no changes of datagrams, but what an application does on having one to send. */
export const ACTIONS: readonly string[] = ['close', 'destroy', 'refuse'];

interface Waiting {
  readonly to: Side;
  readonly bytes: Uint8Array;
  late: number;
}

/** Two watched connections in virtual time, and a road between them on which edits are made. */
export class LivePair {
  readonly ends: Readonly<Record<Side, WatchedEnd>>;
  readonly setup: Setup;
  /** Every datagram as it was sent. */
  readonly sent: { readonly from: Side; readonly bytes: Uint8Array }[] = [];
  /** What was said, and the number of its datagram. */
  readonly said: { readonly from: Side; readonly text: string; readonly number: number }[] = [];
  readonly #edits: readonly Edit[];
  readonly #corpus: readonly Uint8Array[];
  readonly #queue: Waiting[] = [];
  #held: Waiting[] = [];
  #serverHello: ServerHello | undefined;
  #deliveries = 0;
  #ticks = 0;
  #told = false;
  now = 1000;

  /**
   * An edit's `at` counts datagrams of both sides in the order of sending. Randomness is by `name`: with that of the
   * recordings, what is in them would be under the same keys.
   */
  constructor(
    setup: Setup,
    edits: readonly Edit[],
    corpus: readonly Uint8Array[],
    { name = 'live', misbehaving }: { readonly name?: string; readonly misbehaving?: Side } = {},
  ) {
    this.setup = setup;
    this.#edits = edits;
    this.#corpus = corpus;
    const make = (side: Side): WatchedEnd => {
      const options = { ...optionsOf(setup, side), random: fixedRandom(`${side}${name}`) };
      const sign = (): Uint8Array => privateNumber(setup.identities[side]);
      return new WatchedEnd(side, options, sign, side === misbehaving);
    };
    this.ends = { client: make('client'), server: make('server') };
  }

  start(): this {
    this.ends.server.start(this.now);
    this.ends.client.start(this.now);
    return this.settle();
  }

  /** Until nothing is on its way and nobody is asked anything. */
  settle(): this {
    for (;;) {
      this.#collect();
      const next = this.#queue.shift() ?? this.#held.shift();
      if (next !== undefined) this.#deliver(next);
      else if (!SIDES.map((side) => this.ends[side].answer(this.now)).includes(true)) return this;
    }
  }

  /** Lets timers fire until both are connected or have ended, or wait for a hello. */
  run(): this {
    for (;;) {
      const times = SIDES.map((side) => this.ends[side].connection.nextTimeout).filter(
        (time) => time !== undefined,
      );
      if (times.length === 0) break;
      insist(++this.#ticks < MOST_TICKS, 'timers without end');
      this.now = Math.max(this.now, Math.min(...times));
      for (const side of SIDES) this.ends[side].fire(this.now);
      this.settle();
    }
    if (this.setup.later === true && !this.#told) this.#tellFingerprints();
    return this;
  }

  /** What two who are connected do. */
  talk(): this {
    for (let i = 0; i < 3; i++) {
      for (const side of SIDES) this.#send(side, `${side} ${i}`);
      this.settle();
    }
    return this;
  }

  sayGoodbye(): this {
    const closing = this.#edits.length % 2 === 0 ? 'client' : 'server';
    this.ends[closing].act('close', this.now, (connection) => connection.close(this.now));
    this.settle();
    return this.run();
  }

  #send(side: Side, text: string): void {
    const end = this.ends[side];
    this.#collect();
    if (!end.connected || end.ended) return;
    this.said.push({ from: side, text, number: this.sent.length });
    end.act('send', this.now, (connection) => connection.send(Buffer.from(text), this.now));
  }

  #tellFingerprints(): void {
    this.#told = true;
    for (const side of SIDES) {
      const certificate = identity(this.setup.identities[otherSide(side)]);
      if (this.ends[side].ended || this.ends[side].connected) continue;
      this.ends[side].act('setRemoteFingerprints', this.now, (connection) =>
        connection.setRemoteFingerprints([fingerprintOf(certificate)], this.now),
      );
    }
    this.settle();
  }

  #collect(): void {
    for (const side of SIDES) {
      for (const bytes of this.ends[side].takeOutgoing()) this.#post(side, bytes);
    }
  }

  #post(from: Side, bytes: Uint8Array): void {
    const edits = this.#edits.filter(({ at }) => at === this.sent.length);
    this.sent.push({ from, bytes });
    for (const edit of edits) this.#act(edit, from);
    this.#serverHello ??= from === 'server' ? serverHelloIn(bytes) : undefined;
    let deliveries: readonly Delivery[] = [{ bytes }];
    if (edits.length > 0) {
      const seal = sealOf(from, this.ends[from].secrets[0], this.#serverHello);
      const history = this.sent.map((datagram) => datagram.bytes);
      deliveries = travel(bytes, edits, { corpus: this.#corpus, history, seal });
    }
    for (const { bytes: arriving, back = false, late = 0 } of deliveries) {
      const waiting = { to: back ? from : otherSide(from), bytes: arriving, late };
      if (late > 0) this.#held.push(waiting);
      else this.#queue.push(waiting);
    }
  }

  #act({ operation, numbers: [a = 0, b = 0] }: Edit, from: Side): void {
    const end = this.ends[a % 2 === 0 ? from : otherSide(from)];
    if (operation === 'refuse') end.refuse(b);
    if (operation === 'destroy') end.destroy(this.now);
    if (operation === 'close') end.act('close', this.now, (connection) => connection.close(this.now));
  }

  #deliver({ to, bytes }: Waiting): void {
    insist(++this.#deliveries < MOST_DELIVERIES, 'datagrams without end');
    this.ends[to].receive(bytes, this.now);
    for (const held of this.#held) held.late--;
    this.#queue.push(...this.#held.filter(({ late }) => late <= 0));
    this.#held = this.#held.filter(({ late }) => late > 0);
  }
}

/** What a handshake promises to each side that is told it is connected. */
export function checkAgreement(pair: LivePair): void {
  for (const side of SIDES) {
    const [own, other] = [pair.ends[side], pair.ends[otherSide(side)]];
    if (!own.connected) continue;
    const [secret] = own.secrets;
    insist(
      secret !== undefined && other.secrets.includes(secret),
      `the ${side} is connected, and the other side does not have its keys`,
    );
    const shown = own.connection.remoteCertificate;
    const expected = identity(pair.setup.identities[otherSide(side)]);
    insist(
      shown === undefined || sameBytes(shown.der, expected.der),
      `the ${side} is connected to a certificate that is not the peer's`,
    );
  }
  const { client, server } = pair.ends;
  if (!client.connected || !server.connected) return;
  for (const name of [
    'protocol',
    'cipherSuite',
    'group',
    'srtpProfile',
    'alpnProtocol',
    'extendedMasterSecret',
  ] as const) {
    const [ours, theirs] = [client.connection[name], server.connection[name]];
    insist(ours === theirs, `both are connected, with ${name} ${ours} and ${theirs}`);
  }
}
