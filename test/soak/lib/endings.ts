import { Alert, AlertLevel, type AlertName } from '../../../src/registry/alerts.ts';
import { ContentType } from '../../../src/registry/content-types.ts';
import { writeAlert } from '../../../src/wire/alert.ts';
import { plaintextRecord } from '../../lib/records.ts';
import { otherSide, type Road, SIDES, type Side } from './road.ts';

/** A way in which a handshake is broken off, or a connection ended. */
export interface Ending {
  readonly name: string;
  /** Whether datagrams still arrive afterwards. */
  readonly networkLives: boolean;
  /** Those who are at their end with it; others wait until their time is up, or hear of it. */
  readonly endsAtOnce: readonly Side[];
  act(road: Road): void;
}

/** Nobody does anything: the network is dead, and both sides wait until their time is up. */
export const SILENCE: Ending = { name: 'silence', networkLives: false, endsAtOnce: [], act: () => undefined };

/** Neither closed nor destroyed: only forgotten. */
export const LET_GO: Ending = {
  name: 'both let go',
  networkLives: false,
  endsAtOnce: [],
  act: () => undefined,
};

export const SOCKETS_CLOSED: Ending = {
  name: 'sockets closed',
  networkLives: false,
  endsAtOnce: [],
  act: (road) => road.sever(),
};

export const BOTH_DESTROYED: Ending = {
  name: 'both destroyed',
  networkLives: false,
  endsAtOnce: SIDES,
  act(road) {
    for (const side of SIDES) road[side].destroy();
  },
};

export const BOTH_CLOSE: Ending = {
  name: 'both close',
  networkLives: true,
  endsAtOnce: SIDES,
  act(road) {
    for (const side of SIDES) road[side].close();
  },
};

export const destroyed = (side: Side): Ending => ({
  name: `${side} destroyed`,
  networkLives: false,
  endsAtOnce: [side],
  act: (road) => road[side].destroy(),
});

export const closes = (side: Side): Ending => ({
  name: `${side} closes`,
  networkLives: true,
  endsAtOnce: [side],
  act: (road) => road[side].close(),
});

/** One side goes without a word, and the other says goodbye to nobody. */
export const closesAlone = (side: Side): Ending => ({
  name: `${otherSide(side)} destroyed, ${side} closes`,
  networkLives: false,
  endsAtOnce: SIDES,
  act(road) {
    road[otherSide(side)].destroy();
    road[side].close();
  },
});

/** An alert that anyone on the way could have made; it counts until there are keys. */
export const alerted = (side: Side, name: AlertName = 'internal_error'): Ending => ({
  name: `forged alert to ${side}`,
  networkLives: false,
  endsAtOnce: [], // where there are keys, it is not believed
  act(road) {
    const alert = writeAlert({ level: AlertLevel.fatal, description: Alert[name] });
    road.forge(side, plaintextRecord(ContentType.alert, alert, 5000));
  },
});

/** All that can be done to a handshake from outside, at any moment. */
export const BREAKS: readonly Ending[] = [
  SILENCE,
  SOCKETS_CLOSED,
  BOTH_DESTROYED,
  ...SIDES.flatMap((side) => [destroyed(side), closes(side), alerted(side)]),
];

/** How a connection that is not wanted any more can be left. */
export const GOODBYES: readonly Ending[] = [
  closes('client'),
  closes('server'),
  BOTH_CLOSE,
  closesAlone('client'),
  closesAlone('server'),
  BOTH_DESTROYED,
  LET_GO,
];
