import type { DtlsServerStats } from '../../../src/connection/dtls-server.ts';
import type { TalkCounts } from './live-clients.ts';
import { type Memory, measureMemory } from './memory.ts';
import type { StormCounts } from './storm.ts';

/** Bytes by which heap and buffers together may have grown from the first tenth of a storm to its end. */
export const TOLERANCE = 2_000_000;

/** How things stand at one point of a storm. */
export interface Reading {
  readonly storm: StormCounts;
  readonly talk: TalkCounts;
  readonly server: DtlsServerStats;
  readonly memory: Memory;
}

/** What is found in a storm from beginning to end. */
export interface Verdict {
  readonly holds: boolean;
  /** A sentence for each thing that was looked at. */
  readonly sentences: readonly string[];
}

const count = (value: number): string => value.toLocaleString('en');
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;

const HEADINGS = ['hellos', 'replies', 'said', 'answered', 'lost', 'heap', 'external', 'resident', 'peers'];

/** A line of the table; its columns are as wide as they need to be for ten million hellos. */
function line(cells: readonly string[], discards: string): string {
  return [...cells.map((cell) => cell.padStart(10)), ` ${discards}`].join(' ');
}

/** Collects readings, and prints each as a line of a table as it comes. */
export class Report {
  readonly #readings: Reading[] = [];
  readonly #print: (text: string) => void;

  constructor(print: (text: string) => void) {
    this.#print = print;
    print(line(HEADINGS, 'dropped, by reason'));
  }

  /** Measures memory, once the garbage is collected, and prints. */
  add(storm: StormCounts, talk: TalkCounts, server: DtlsServerStats): void {
    const memory = measureMemory();
    this.#readings.push({ storm, talk, server, memory });
    const cells = [
      ...[storm.hellos, storm.replies, talk.sent, talk.answered, talk.lost].map(count),
      ...[memory.heap, memory.external, memory.rss].map(megabytes),
      count(server.peers),
    ];
    const discards = Object.entries(server.gate.discards).map(
      ([reason, number]) => `${reason} ${count(number)}`,
    );
    this.#print(line(cells, discards.join(', ')));
  }

  verdict(connections: number): Verdict {
    const [first] = this.#readings;
    const last = this.#readings.at(-1);
    if (first === undefined || last === undefined)
      return { holds: false, sentences: ['Nothing was measured.'] };
    const { storm, talk, server } = last;
    const held = ({ memory }: Reading): number => memory.heap + memory.external;
    const growth = held(last) - held(first);
    const unanswered = talk.sent - talk.answered;
    const checks: readonly (readonly [boolean, string])[] = [
      [
        talk.sent > 0 && unanswered === 0,
        `Of ${count(talk.sent)} messages of the live connections ${count(unanswered)} had no answer.`,
      ],
      [
        growth <= TOLERANCE,
        `Heap and buffers together have changed by ${megabytes(growth)} since the first line; up to ${megabytes(TOLERANCE)} more is taken for flat.`,
      ],
      [
        server.peers === connections && server.opened === connections,
        `The server has opened ${count(server.opened)} connections, and has ${count(server.peers)}: none is a stranger's if these are ${count(connections)}.`,
      ],
      [
        storm.bytesReceived <= storm.bytesSent,
        `Strangers have sent ${megabytes(storm.bytesSent)}, and have got ${megabytes(storm.bytesReceived)} back.`,
      ],
    ];
    return {
      holds: checks.every(([holds]) => holds),
      sentences: checks.map(([holds, sentence]) => `${holds ? 'holds ' : 'FAILS '} ${sentence}`),
    };
  }
}
