import type { DtlsConnection } from '../../../src/connection/dtls-connection.ts';
import type { EndOptions } from '../../lib/ends.ts';
import {
  BOTH_CLOSE,
  BOTH_DESTROYED,
  BREAKS,
  closes,
  destroyed,
  type Ending,
  GOODBYES,
  LET_GO,
  SILENCE,
} from './endings.ts';
import type { FlightPoint } from './flights.ts';
import { otherSide, type RoadOptions, SIDES, type Side } from './road.ts';

/** When the ending comes. */
export type Trigger =
  /** Nothing was done with the connections but to make them. */
  | { readonly when: 'new' }
  /** So many datagrams have come to where they were sent. */
  | { readonly when: 'datagrams'; readonly count: number }
  /** That side is in this state of its handshake. */
  | { readonly when: 'state'; readonly side: Side; readonly state: string }
  /** Both are connected. */
  | { readonly when: 'connected' }
  /** The handshake has come to its end, whichever that is. */
  | { readonly when: 'rest' };

/** Finds a side's connection once there is one, for callbacks that want it. */
export type Find = (side: Side) => DtlsConnection | undefined;

/** What becomes of one handshake. */
export interface Plan {
  /** The point at which it is broken off: the row of the table. */
  readonly point: string;
  readonly trigger: Trigger;
  readonly ending: Ending;
  /** A side that must never be connected; `either`: not both of them; undefined: both may. */
  readonly refused?: Side | 'either';
  /** The connections are used before they end. */
  readonly used?: boolean;
  /** What its options have beyond those of all others. */
  options(find: Find): Partial<RoadOptions>;
}

/** Who waits for the end of the handshake's time has sent its last flight a few times by then. */
const SHORT_TIMES = { initialTimeout: 60, handshakeTimeout: 500 } as const;

/** Of who ends before that: a timer that stays behind is there to be found for a minute. */
const LONG_TIMES = { initialTimeout: 60_000, handshakeTimeout: 60_000 } as const;

const timesOf = (side: Side, endsAtOnce: readonly Side[]): EndOptions =>
  endsAtOnce.includes(side) ? LONG_TIMES : SHORT_TIMES;

/** With a cookie, and in datagrams so small that each flight has several. */
export const CUT_OPTIONS: RoadOptions = {
  client: { mtu: 256 },
  server: { mtu: 256, cookieExchange: true },
};

function cuts(points: readonly FlightPoint[]): Plan[] {
  return points.flatMap(({ name, datagrams }) =>
    BREAKS.map((ending) => ({
      point: name,
      trigger: { when: 'datagrams', count: datagrams },
      ending,
      options: () => ({
        client: { ...CUT_OPTIONS.client, ...timesOf('client', ending.endsAtOnce) },
        server: { ...CUT_OPTIONS.server, ...timesOf('server', ending.endsAtOnce) },
      }),
    })),
  );
}

function notStarted(): Plan[] {
  return [BOTH_DESTROYED, BOTH_CLOSE, LET_GO].map((ending) => ({
    point: 'not started',
    trigger: { when: 'new' },
    ending,
    refused: 'either',
    options: () => CUT_OPTIONS,
  }));
}

/** Options that one side has. */
function only(side: Side, options: EndOptions, endsAtOnce: readonly Side[]): RoadOptions {
  const times = { client: timesOf('client', endsAtOnce), server: timesOf('server', endsAtOnce) };
  return { ...times, [side]: { ...times[side], ...options } };
}

/** Ended by what one side's options say, without anybody's help. */
function refusal(point: string, side: Side, options: (find: Find) => EndOptions): Plan {
  return {
    point: `${point} (${side})`,
    trigger: { when: 'rest' },
    ending: SILENCE,
    refused: side,
    options: (find) => only(side, options(find), [side]),
  };
}

/** The colons of a fingerprint that nobody's certificate has. */
const NOBODY = `sha-256 ${Array(32).fill('00').join(':')}`;

function fail(): never {
  throw new Error('a callback that throws');
}

function refusals(): Plan[] {
  return SIDES.flatMap((side) => [
    refusal('wrong fingerprint', side, () => ({ remoteFingerprints: [NOBODY] })),
    refusal('verifyPeer says no', side, () => ({ verifyPeer: () => false })),
    refusal('exception from verifyPeer', side, () => ({ verifyPeer: fail })),
    refusal('exception from random', side, () => ({ random: fail })),
    refusal('no SRTP profile in common', side, () => ({ srtpProfiles: ['SRTP_NULL_SHA1_32'] })),
    refusal('destroyed by its own callback', side, (find) => ({
      verifyPeer: () => {
        find(side)?.destroy();
        return true;
      },
    })),
  ]).concat(
    refusal('exception from selectContext', 'server', () => ({ selectContext: fail })),
    refusal('selectContext says no', 'server', () => ({ selectContext: () => undefined })),
  );
}

/** A request that is asked and never answered: until the time is up, or until somebody ends it. */
function pending(name: 'sign' | 'verifyPeer' | 'selectContext', side: Side): Plan[] {
  const other = otherSide(side);
  return [SILENCE, BOTH_DESTROYED, destroyed(side), closes(side), destroyed(other), closes(other)].map(
    (ending) => ({
      point: `request ${name} never answered (${side})`,
      trigger: { when: 'state', side, state: 'awaitAnswer' },
      ending,
      refused: side,
      options: () => only(side, { [name]: 'request', trace: true }, ending.endsAtOnce),
    }),
  );
}

/** The handshake is complete at both ends, but one of them does not know yet whom it has before it. */
function fingerprintsLater(side: Side): Plan[] {
  const wrong: Ending = {
    name: 'wrong ones came',
    networkLives: true,
    endsAtOnce: [side],
    act: (road) => road[side].setRemoteFingerprints([NOBODY]),
  };
  return [wrong, destroyed(side), closes(side), BOTH_DESTROYED].map((ending) => ({
    point: `fingerprints still to come (${side})`,
    trigger: { when: 'rest' },
    ending,
    refused: side,
    options: () => ({ [side]: { remoteFingerprints: 'later' } }),
  }));
}

/** Every way to break off a handshake at every point; `points` are those between its datagrams. */
export function brokenPlans(points: readonly FlightPoint[]): readonly Plan[] {
  return [
    ...notStarted(),
    ...cuts(points),
    ...refusals(),
    ...SIDES.flatMap((side) => [...pending('sign', side), ...pending('verifyPeer', side)]),
    ...pending('selectContext', 'server'),
    ...SIDES.flatMap(fingerprintsLater),
  ];
}

/** A handshake that is completed, used and closed in each of the ways there are. */
export const COMPLETE_PLANS: readonly Plan[] = GOODBYES.map((ending) => ({
  point: `completed and used: ${ending.name}`,
  trigger: { when: 'connected' },
  ending,
  used: true,
  options: () => ({}),
}));
