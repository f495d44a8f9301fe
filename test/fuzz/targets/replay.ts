import { sameBytes } from '../../../src/bytes/bytes.ts';
import type { ServerHello } from '../../../src/wire/messages/server-hello.ts';
import { fingerprintOf } from '../../lib/ends.ts';
import type { Case } from '../lib/edit.ts';
import { fixedRandom } from '../lib/entropy.ts';
import { identity, privateNumber } from '../lib/identities.ts';
import { allDatagrams, type Recording, recordings } from '../lib/recordings.ts';
import { DATAGRAM_OPERATIONS, travel } from '../lib/road.ts';
import { sealOf, serverHelloIn } from '../lib/sealing.ts';
import { optionsOf, otherSide, setupOf } from '../lib/setups.ts';
import type { Target } from '../lib/target.ts';
import { insist, WatchedEnd } from '../lib/watched.ts';

const MOST_TICKS = 60;

/** One fresh end, to which a recorded peer speaks as it did then, but for the edits. */
class Replay {
  readonly end: WatchedEnd;
  readonly #recording: Recording;
  readonly #input: Case;
  #serverHello: ServerHello | undefined;
  #lastSent: Uint8Array | undefined;
  #now = 1000;

  constructor(recording: Recording, input: Case) {
    this.#recording = recording;
    this.#input = input;
    const { side, random } = recording;
    const setup = setupOf(recording.setup);
    const fixed = fixedRandom(side);
    const options = { ...optionsOf(setup, side), random: random === undefined ? fixed : () => random };
    this.end = new WatchedEnd(side, options, () => privateNumber(setup.identities[side]));
  }

  run(): this {
    this.end.start(this.#now);
    this.#rest();
    const held: { bytes: Uint8Array; until: number }[] = [];
    const { inbound } = this.#recording;
    inbound.forEach((bytes, i) => {
      if (i === inbound.length - 3) this.#tellFingerprints();
      for (const { bytes: arriving, back, late = 0 } of this.#arrivals(bytes, i)) {
        if (late > 0) held.push({ bytes: arriving, until: i + late });
        else this.#receive(back === true ? (this.#lastSent ?? arriving) : arriving);
      }
      for (const { bytes: old, until } of held) if (until === i) this.#receive(old);
    });
    for (const { bytes, until } of held) if (until >= inbound.length) this.#receive(bytes);
    this.#waitForTheEnd();
    return this;
  }

  #arrivals(bytes: Uint8Array, i: number): ReturnType<typeof travel> {
    const { side, inbound } = this.#recording;
    if (side === 'client') this.#serverHello ??= serverHelloIn(bytes);
    const edits = this.#input.edits.filter(({ at }) => at % inbound.length === i);
    for (const { operation, numbers } of edits)
      if (operation === 'wait') this.#wait(1 + ((numbers[0] ?? 0) % 4));
    if (edits.length === 0) return [{ bytes }];
    const seal = sealOf(otherSide(side), this.end.secrets[0], this.#serverHello);
    return travel(bytes, edits, { corpus: allDatagrams(), history: inbound.slice(0, i), seal });
  }

  #receive(bytes: Uint8Array): void {
    this.end.receive(bytes, this.#now);
    this.#rest();
  }

  #rest(): void {
    do {
      for (const sent of this.end.takeOutgoing()) {
        this.#lastSent = sent;
        if (this.#recording.side === 'server') this.#serverHello ??= serverHelloIn(sent);
      }
    } while (this.end.answer(this.#now));
  }

  #wait(times: number): void {
    for (let i = 0; i < times; i++) {
      const { nextTimeout } = this.end.connection;
      if (nextTimeout === undefined) return;
      this.#now = nextTimeout;
      this.end.fire(this.#now);
      this.#rest();
    }
  }

  #tellFingerprints(): void {
    const setup = setupOf(this.#recording.setup);
    if (setup.later !== true || this.end.ended) return; // in our own recordings, talk follows
    const peer = identity(setup.identities[otherSide(this.#recording.side)]);
    this.end.act('setRemoteFingerprints', this.#now, (connection) =>
      connection.setRemoteFingerprints([fingerprintOf(peer)], this.#now),
    );
    this.#rest();
  }

  #waitForTheEnd(): void {
    for (let ticks = 0; this.end.connection.nextTimeout !== undefined; ticks++) {
      insist(ticks < MOST_TICKS, 'timers without end');
      this.#wait(1);
    }
  }
}

function recordingOf(name: string): Recording {
  const recording = recordings().find((each) => each.name === name);
  if (recording === undefined) throw new Error(`no recording is called ${name}`);
  return recording;
}

/** Plays a recording to a fresh end, and gives that end. */
export function play(input: Case): WatchedEnd {
  const recording = recordingOf(input.setup);
  const { end } = new Replay(recording, input).run();
  const told = end.told.findIndex(({ type }) => type === 'connected');
  insist(told >= 0 === end.connected, 'connected, and not told');
  if (end.exported !== undefined && recording.exported !== undefined) {
    const same = sameBytes(end.exported, recording.exported);
    insist(same, 'connected with keys that the recorded peer did not have');
  }
  return end;
}

export const replay: Target = {
  name: 'replay',
  about: 'recorded peers, ours, OpenSSL and Firefox, with edits, to a fresh client or server',
  get setups() {
    return recordings().map(({ name }) => name);
  },
  places: (setup) => recordingOf(setup).inbound.length,
  operations: [...DATAGRAM_OPERATIONS, 'wait'],
  weight: 4,
  run: (input) => void play(input),
};
