import { judge, legalSequences, type Setting } from './grammar.ts';
import { alphabetOf, type Move } from './moves.ts';
import {
  arrangements,
  distinct,
  insertions,
  omissions,
  randomWalks,
  repetitions,
  type Sequence,
  singleChanges,
} from './sequences.ts';

export type SettingName =
  | 'a client with a certificate'
  | 'a client without'
  | 'a server that requests a certificate'
  | 'a server that requests none'
  | 'a server that wants a cookie and a certificate'
  | 'a server that wants a cookie';

/** Everyone who listens, by name. */
export const SETTINGS: Readonly<Record<SettingName, Setting>> = {
  'a client with a certificate': { receiver: 'client', cookie: false, certificate: true },
  'a client without': { receiver: 'client', cookie: false, certificate: false },
  'a server that requests a certificate': { receiver: 'server', cookie: false, certificate: true },
  'a server that requests none': { receiver: 'server', cookie: false, certificate: false },
  'a server that wants a cookie and a certificate': { receiver: 'server', cookie: true, certificate: true },
  'a server that wants a cookie': { receiver: 'server', cookie: true, certificate: false },
};

/**
 * What there is to play in a setting. Without a cookie a server takes the first hello for its client's, whoever says
 * it; so a stranger's comes after it.
 */
export class Campaign {
  readonly setting: Setting;
  readonly alphabet: readonly Move[];
  /** The longest first. */
  readonly legal: readonly Sequence[];

  constructor(name: SettingName) {
    this.setting = SETTINGS[name];
    this.alphabet = alphabetOf(this.setting.receiver === 'client' ? 'server' : 'client');
    this.legal = legalSequences(this.setting);
  }

  /**
   * Each subset of the messages in each order; of those that differ behind a refusal, one, where there are too many.
   * Their ChangeCipherSpec, which has no effect, is left to the others.
   */
  arrangements(): Sequence[] {
    const all = distinct(arrangements(this.#longest));
    return all.length > 10_000 ? this.#untilRefusal(all) : all;
  }

  /** A move left out, put in or put in another's place, or two moves that change places, in any legal sequence. */
  singleChanges(): Sequence[] {
    return this.#fit(this.legal.flatMap((legal) => singleChanges(legal, this.alphabet)));
  }

  /** Two moves left out of any legal sequence. */
  doubleOmissions(): Sequence[] {
    return this.#fit(this.legal.flatMap((legal) => omissions(legal).flatMap(omissions)));
  }

  /** Two repetitions in any legal sequence; of those that differ behind a refusal, one. */
  doubleRepetitions(): Sequence[] {
    return this.#untilRefusal(this.legal.flatMap((legal) => repetitions(legal).flatMap(repetitions)));
  }

  /** One of `first` and any other move put into the longest sequence; of those that differ behind a refusal, one. */
  doubleInsertions(first: readonly Move[] = this.alphabet): Sequence[] {
    const once = insertions(this.#longest, first);
    return this.#untilRefusal(once.flatMap((sequence) => insertions(sequence, this.alphabet)));
  }

  /** Two changes of any kind in any legal sequence; of those that differ behind a refusal, one. */
  *doubleChanges(): Iterable<Sequence> {
    for (const legal of this.legal) {
      const once = singleChanges(legal, this.alphabet);
      yield* this.#untilRefusal(once.flatMap((moves) => singleChanges(moves, this.alphabet)));
    }
  }

  randomWalks(seed: number, count: number): Sequence[] {
    return this.legal.flatMap((legal, i) =>
      this.#fit(randomWalks(seed + i, count / this.legal.length, legal, this.alphabet)),
    );
  }

  get #longest(): Sequence {
    return this.legal[0]?.filter((move) => move !== 'change_cipher_spec') ?? [];
  }

  #fit(sequences: Iterable<Sequence>): Sequence[] {
    const all = distinct(sequences);
    if (this.setting.cookie) return all;
    return all.filter((moves) => {
      const stranger = moves.indexOf("stranger's client_hello");
      return stranger === -1 || moves.slice(0, stranger).includes('client_hello');
    });
  }

  /** A refusal is the end, as all others show, which are played until theirs. */
  #untilRefusal(sequences: Iterable<Sequence>): Sequence[] {
    const { setting } = this;
    return distinct(this.#fit(sequences), (moves) => moves.slice(0, judge(setting, moves).counting).join());
  }
}
