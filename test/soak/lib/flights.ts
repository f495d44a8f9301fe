import { makePair } from '../../lib/ends.ts';
import { CUT_OPTIONS } from './plans.ts';

/** A moment between two datagrams of a handshake. */
export interface FlightPoint {
  readonly name: string;
  /** How many have arrived by then. */
  readonly datagrams: number;
}

const FLIGHTS: readonly string[] = [
  'ClientHello',
  'HelloVerifyRequest',
  'ClientHello with cookie',
  'ServerHello to ServerHelloDone',
  "Certificate to the client's Finished",
  "the server's ChangeCipherSpec and Finished",
];

/** The moments of a handshake as `CUT_OPTIONS` cut it, from before the first datagram to before the last. */
export function flightPoints(): FlightPoint[] {
  const { sent } = makePair(CUT_OPTIONS.client, CUT_OPTIONS.server).run();
  const flights: number[] = [];
  for (const [i, { from }] of sent.entries()) {
    if (from === sent[i - 1]?.from) flights.push((flights.pop() ?? 0) + 1);
    else flights.push(1);
  }
  const points: FlightPoint[] = [{ name: 'before datagram 1 has come', datagrams: 0 }];
  for (const [i, count] of flights.entries()) {
    for (let nth = 1; nth <= count; nth++) {
      const datagrams = points.length;
      const part = count === 1 ? '' : `${nth} of ${count} of `;
      points.push({
        name: `after datagram ${datagrams}: ${part}${FLIGHTS[i] ?? 'another flight'}`,
        datagrams,
      });
    }
  }
  return points.slice(0, -1);
}
