import { sameBytes } from '../../src/bytes/bytes.ts';
import { DtlsConnection } from '../../src/connection/dtls-connection.ts';
import type { DtlsConnectionOptions } from '../../src/connection/options.ts';
import type { DtlsOutput, DtlsRequest } from '../../src/connection/outputs.ts';
import { AlertLevel, alertName } from '../../src/registry/alerts.ts';
import { fingerprintOf } from '../lib/ends.ts';
import { CERTIFICATES, SUITE, signAsConnection } from './bodies.ts';
import { judge, type Setting, type Verdict } from './grammar.ts';
import type { Move } from './moves.ts';
import { Player } from './player.ts';

const PLAYER_FINGERPRINTS = [fingerprintOf(CERTIFICATES.player)];
const LABEL = 'EXPERIMENTAL states';
/** Later than any handshake may take, in ms. */
const AT_LAST = 1e6;

/** The side that is tested: how it is spoken to, and the connection once there is one. */
export interface Host {
  readonly connection: DtlsConnection | undefined;
  receive(datagram: Uint8Array): void;
  poll(): DtlsOutput | undefined;
}

export function optionsOf(setting: Setting): DtlsConnectionOptions {
  const { receiver: role, certificate, cookie, asks } = setting;
  const check: Partial<DtlsConnectionOptions> =
    role === 'server' && !certificate
      ? { insecureNoPeerCheck: true, requestCertificate: false }
      : asks !== undefined
        ? { verifyPeer: 'request' }
        : { remoteFingerprints: PLAYER_FINGERPRINTS };
  return {
    role,
    ...check,
    ...((role === 'server' || certificate) && { certificate: CERTIFICATES.connection }),
    ...(role === 'server' && { cookieExchange: cookie }),
    ...(role === 'server' && asks !== undefined && { selectContext: 'request' }),
    ...(asks !== undefined && { sign: 'request' }),
    cipherSuites: [SUITE.name],
    groups: ['X25519'],
    srtpProfiles: ['SRTP_AES128_CM_SHA1_80'],
    mtu: 16_000,
    random: (length) => new Uint8Array(length).fill(9),
  };
}

function hostOf(setting: Setting): Host {
  const connection = new DtlsConnection(optionsOf(setting));
  connection.start(0);
  return {
    connection,
    receive: (datagram) => void connection.receive(datagram, 0),
    poll: () => connection.poll(),
  };
}

/** Where there is no connection, nothing can be had of it either. */
const NOTHING_YET = ['connecting', 'srtpKeys locked', 'exporter locked', 'send locked'];

/** One handshake of a connection with a player. */
export class Play {
  readonly player: Player;
  readonly #host: Host;
  /** Whether the peer is judged at the very end. */
  readonly #waits: boolean;
  #judgement: DtlsRequest | undefined;
  readonly #outputs = { datagram: 0, connected: 0, message: 0, closed: 0, request: 0, trace: 0, keylog: 0 };

  constructor(setting: Setting, host: Host = hostOf(setting)) {
    this.#host = host;
    this.#waits = setting.asks === 'at last';
    this.player = new Player(setting.receiver === 'client' ? 'server' : 'client');
    this.#listen();
  }

  get connected(): boolean {
    return this.#outputs.connected > 0;
  }

  /** The player sends, and hears what comes back. `body`: another one than would be right. */
  move(move: Move, body?: Uint8Array): this {
    return this.deliver(this.player.move(move, body));
  }

  deliver(datagram: Uint8Array): this {
    this.#host.receive(datagram);
    this.#listen();
    return this;
  }

  /** Ends it, and says in words what had come of it. */
  finish(): string {
    const { connection } = this.#host;
    if (this.#judgement !== undefined) this.#answer(this.#judgement);
    this.#listen();
    const parts = connection === undefined ? NOTHING_YET : this.#state(connection);
    const { connected, message, closed } = this.#outputs;
    const alerts = this.player.alerts.filter(([level]) => level === AlertLevel.fatal);
    connection?.destroy();
    return [
      ...parts,
      `outputs connected ${connected}, message ${message}, closed ${closed}`,
      ...alerts.map(([, description = 0]) => `sent ${alertName(description)}`),
    ].join('; ');
  }

  #state(connection: DtlsConnection): string[] {
    if (connection.state === 'connected') {
      connection.srtpKeys();
      const exported = connection.exportKeyingMaterial(32, LABEL);
      const agree = sameBytes(exported, this.player.exportKeyingMaterial(32, LABEL));
      return ['connected', agree ? 'keys agree' : 'keys differ'];
    }
    if (connection.state === 'connecting' && connection.nextTimeout !== undefined) {
      connection.handleTimeout(AT_LAST);
      this.#listen();
    }
    return [connection.error?.code ?? connection.state, ...locksOf(connection)];
  }

  #listen(): void {
    for (;;) {
      const output = this.#host.poll();
      if (output === undefined) return;
      this.#outputs[output.type]++;
      if (output.type === 'datagram') this.player.hear(output.datagram);
      if (output.type !== 'request') continue;
      if (output.kind === 'verifyPeer' && this.#waits) this.#judgement = output;
      else this.#answer(output);
    }
  }

  /** As an application would that has nothing against it. */
  #answer(request: DtlsRequest): void {
    const answer =
      request.kind === 'sign'
        ? signAsConnection(request.data)
        : request.kind === 'verifyPeer'
          ? true
          : { certificate: CERTIFICATES.connection };
    this.#host.connection?.resolve(request.id, answer, 0);
  }
}

/** Keys, exporter and messages, and whether each of them is locked. */
function locksOf(connection: DtlsConnection): string[] {
  const isLocked = (use: () => void): boolean => {
    try {
      use();
      return false;
    } catch (error) {
      return error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_STATE';
    }
  };
  const uses = {
    srtpKeys: () => void connection.srtpKeys(),
    exporter: () => void connection.exportKeyingMaterial(32, LABEL),
    send: () => connection.send(Uint8Array.of(1), AT_LAST),
  };
  return Object.entries(uses).map(([name, use]) => `${name} ${isLocked(use) ? 'locked' : 'open'}`);
}

/** What `finish` has to say by the grammar. */
export function expected({ outcome, error, underWay, messages }: Verdict): string {
  if (outcome === 'complete')
    return `connected; keys agree; outputs connected 1, message ${messages}, closed 0`;
  const locked = 'srtpKeys locked; exporter locked; send locked';
  if (outcome === 'wait') {
    return underWay
      ? `ERR_DTLS_HANDSHAKE_TIMEOUT; ${locked}; outputs connected 0, message 0, closed 1`
      : `connecting; ${locked}; outputs connected 0, message 0, closed 0`;
  }
  const [code, alert] =
    error === 'no certificate'
      ? ['ERR_DTLS_NO_PEER_CERTIFICATE', 'handshake_failure']
      : ['ERR_DTLS_UNEXPECTED_MESSAGE', 'unexpected_message'];
  return `${code}; ${locked}; outputs connected 0, message 0, closed 1; sent ${alert}`;
}

/** How many sequences were played, how many of them by the grammar come to what, and which did not. */
export interface Tally {
  played: number;
  complete: number;
  wait: number;
  refuse: number;
  readonly deviations: string[];
}

/** Plays each sequence against a connection of its own, and holds what comes of it against the grammar. */
export function playAll(
  setting: Setting,
  sequences: Iterable<readonly Move[]>,
  makeHost: (setting: Setting) => Host = hostOf,
): Tally {
  const tally: Tally = { played: 0, complete: 0, wait: 0, refuse: 0, deviations: [] };
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0; // a tenth of the time would go into traces that nobody sees
  for (const moves of sequences) {
    const verdict = judge(setting, moves);
    const play = new Play(setting, makeHost(setting));
    for (const move of moves) play.move(move);
    const found = play.finish();
    tally.played++;
    tally[verdict.outcome]++;
    if (found !== expected(verdict)) {
      tally.deviations.push(`${moves.join(', ')}: ${expected(verdict)} was expected; it was ${found}`);
    }
  }
  Error.stackTraceLimit = stackTraceLimit;
  return tally;
}
