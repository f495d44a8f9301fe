import type { DtlsConnection } from '../../../src/connection/dtls-connection.ts';
import type { EndOptions } from '../../lib/ends.ts';
import type { Plan } from './plans.ts';
import {
  type MakeRoad,
  type Outcome,
  type Road,
  type RoadEnd,
  type RoadOptions,
  type RoadWatcher,
  SIDES,
  type Side,
} from './road.ts';
import { exchangeMessages, useKeys } from './use.ts';

export interface HandshakeOptions {
  readonly plan: Plan;
  readonly makeRoad: MakeRoad;
  /** What all handshakes have beside their plan: certificates, profiles and the like. */
  readonly common: RoadOptions;
  /** A packet of SRTP goes each way. */
  readonly media: boolean;
  /** Called when nothing is left to do but to wait, which may take as long as the handshake may. */
  onWaiting?(): void;
  /** Shown each connection. */
  onConnection?(connection: DtlsConnection): void;
}

const WORDS: Readonly<Record<string, string>> = {
  ERR_DTLS_HANDSHAKE_TIMEOUT: 'timed out',
  ERR_DTLS_ALERT_RECEIVED: 'got an alert',
  ERR_DTLS_CLOSED_BY_PEER: 'closed',
};

const isOver = (connection: DtlsConnection | undefined): boolean =>
  connection?.state === 'closed' || connection?.state === 'failed';

/** It has ended, or waits for nothing that a clock would bring. */
const isAtRest = (connection: DtlsConnection | undefined): boolean =>
  connection === undefined || isOver(connection) || connection.nextTimeout === undefined;

function outcomeOf({ connection, destroyed }: RoadEnd): string {
  if (destroyed) return 'destroyed';
  if (connection === undefined) return 'never made';
  if (!isOver(connection)) return 'let go';
  const code = connection.error?.code;
  if (code === undefined) return 'closed';
  return WORDS[code] ?? code.replace('ERR_DTLS_', '').replaceAll('_', ' ').toLowerCase();
}

/** Runs one handshake as it is planned. It throws when something comes out otherwise than it must. */
export async function shakeHands(options: HandshakeOptions): Promise<Outcome> {
  const { plan, common, media } = options;
  const { trigger, ending } = plan;
  const messages: Record<Side, Uint8Array[]> = { client: [], server: [] };
  let datagrams = 0;
  let networkLives = true;
  let triggered = trigger.when === 'datagrams' && trigger.count === 0;
  const watcher: RoadWatcher = {
    arrives() {
      if (!networkLives) return false;
      datagrams++;
      if (trigger.when === 'datagrams' && datagrams >= trigger.count) {
        triggered = true;
        networkLives = ending.networkLives;
      }
      return true;
    },
    onMessage: (side, data) => messages[side].push(data),
    onState(side, state) {
      if (trigger.when === 'state' && side === trigger.side && state === trigger.state) triggered = true;
    },
  };
  let made: Road | undefined;
  const special = plan.options((side) => made?.[side].connection);
  const merged = (side: Side): EndOptions => merge(common[side], special[side]);
  const road = options.makeRoad({ client: merged('client'), server: merged('server') }, watcher);
  made = road;
  const connection = (side: Side): DtlsConnection | undefined => road[side].connection;
  const all = (test: (connection: DtlsConnection | undefined) => boolean): boolean =>
    SIDES.every((side) => test(connection(side)));
  const connected = (side: Side): boolean => connection(side)?.state === 'connected';
  try {
    if (trigger.when !== 'new') {
      road.start();
      await road.until(() => triggered || SIDES.every(connected) || all(isAtRest));
    }
    checkRefused(plan, connected);
    if (plan.used === true) {
      if (!SIDES.every(connected)) {
        const [client, server] = SIDES.map((side) => outcomeOf(road[side]));
        throw new Error(`${plan.point}: not connected, client ${client}, server ${server}`);
      }
      useKeys(road, media);
      await exchangeMessages(road, messages);
    }
    networkLives = ending.networkLives;
    ending.act(road);
    options.onWaiting?.();
    await road.until(() => all(plan.used === true && ending.networkLives ? isOver : isAtRest));
    checkRefused(plan, connected);
    return { client: outcomeOf(road.client), server: outcomeOf(road.server) };
  } finally {
    road.release();
    for (const side of SIDES) {
      const one = connection(side);
      if (one !== undefined) options.onConnection?.(one);
    }
  }
}

/** A side that checks the peer in its own way does without the fingerprint that all have. */
function merge(common: EndOptions, special: EndOptions = {}): EndOptions {
  if (special.verifyPeer === undefined) return { ...common, ...special };
  const { remoteFingerprints: _, ...rest } = common;
  return { ...rest, ...special };
}

function checkRefused({ point, refused }: Plan, connected: (side: Side) => boolean): void {
  const wrong = refused === 'either' ? SIDES.every(connected) : refused !== undefined && connected(refused);
  if (wrong) throw new Error(`${point}: connected, which it must not be`);
}
