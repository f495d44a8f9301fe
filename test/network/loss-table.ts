/**
 * `npm run loss`: how many handshakes complete on a bad network, and how long they take. `npm run loss -- --help` says
 * how to call it.
 */
import { parseArgs } from 'node:util';
import type { Shape } from './handshake.ts';
import {
  DUPLICATION,
  formatRows,
  leastRoundTrips,
  measure,
  REORDERING,
  type Row,
  type Terms,
} from './loss-figures.ts';

const HELP = `Usage: npm run loss -- [options]

Handshakes between two ends of this library in an emulated network, in virtual time: how many complete, and how long
they take. The same seed gives the same table. Exits with 1 unless all complete.

  --handshakes N   of each kind at each loss, 1 to 1,000,000; default 1000
  --loss LIST      per cent lost in each direction, 0 to 90, with commas between; default 0,5,20,30
  --rtt MS         round trip in ms, 1 to 10,000; default 50
  --seed N         another course of the same network, 0 to 4,294,967,295; default 1
  --help           this text
`;

const BOTH = { server: 'ecdsa-p256', client: 'ecdsa-p256' } as const;

const SHAPES: readonly (readonly [string, Shape])[] = [
  ['ECDSA P-256', { ...BOTH, cookie: 'none', mtu: 1200 }],
  ['ECDSA P-256', { ...BOTH, cookie: 'cookieExchange', mtu: 1200 }],
  ['ECDSA P-256', { ...BOTH, cookie: 'gate', mtu: 1200 }],
  ['ECDSA P-256', { ...BOTH, cookie: 'gate', mtu: 256 }],
  ['ECDSA P-256, the client without one', { ...BOTH, client: 'none', cookie: 'gate', mtu: 1200 }],
  ['RSA 2048', { server: 'rsa-2048', client: 'rsa-2048', cookie: 'none', mtu: 1200 }],
  ['RSA 2048', { server: 'rsa-2048', client: 'rsa-2048', cookie: 'gate', mtu: 576 }],
  ['chains of four', { server: 'chain', client: 'chain', cookie: 'gate', mtu: 576 }],
];

const COOKIES: Readonly<Record<Shape['cookie'], string>> = {
  none: 'no cookie',
  cookieExchange: 'a cookie, server for one peer',
  gate: 'a cookie, server for many peers',
};

function refuse(sentence: string): never {
  process.stderr.write(`loss: ${sentence}\n`);
  process.exit(1);
}

function number(name: string, text: string, least: number, most: number, whole = true): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most && (!whole || Number.isInteger(value)))
    return value;
  return refuse(
    `--${name} takes ${whole ? 'a whole number' : 'a number'} from ${least} to ${most.toLocaleString('en')}, not "${text}"`,
  );
}

function readTerms(): Terms {
  try {
    const { values } = parseArgs({
      options: {
        handshakes: { type: 'string', default: '1000' },
        loss: { type: 'string', default: '0,5,20,30' },
        rtt: { type: 'string', default: '50' },
        seed: { type: 'string', default: '1' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    return {
      handshakes: number('handshakes', values.handshakes, 1, 1_000_000),
      losses: values.loss.split(',').map((text) => number('loss', text, 0, 90, false)),
      rtt: number('rtt', values.rtt, 1, 10_000, false),
      seed: number('seed', values.seed, 0, 2 ** 32 - 1),
    };
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function titleOf(certificates: string, shape: Shape): string {
  const [client, server] = [leastRoundTrips(shape, 'client'), leastRoundTrips(shape, 'server')];
  return (
    `Certificates: ${certificates}; ${COOKIES[shape.cookie]}; datagrams of up to ${shape.mtu} bytes.\n` +
    `Where nothing is lost or late the client is connected after ${client} round trips, the server after ${server}.`
  );
}

const terms = readTerms();
const { handshakes, rtt, seed } = terms;
process.stdout.write(`Handshakes on a bad network, in virtual time, with the default timers of SRTP: a flight is repeated after 400 ms, then
after twice as long, up to 3 s; a handshake has 60 s. Times count from the client's first hello. The round trip is
${rtt} ms. Datagrams are lost at random, in each direction; ${DUPLICATION * 100} % come twice, and ${REORDERING * 100} % up to ${rtt / 2} ms late, behind others.
Of ${handshakes.toLocaleString('en')} handshakes, half took no longer than the median, 90 in 100 no longer than under 90 %. Seed ${seed}.
`);

const rows: Row[] = [];
for (const [certificates, shape] of SHAPES) {
  const of = terms.losses.flatMap((loss) => measure(shape, loss, terms));
  rows.push(...of);
  process.stdout.write(`\n${titleOf(certificates, shape)}\n${formatRows(of, rtt)}\n`);
}
// A handshake is complete when both sides are; the client is the later one.
const both = rows.filter(({ side }) => side === 'client');
const sum = (of: (row: Row) => number): number => both.reduce((total, row) => total + of(row), 0);
const [completed, all] = [sum((row) => row.completed), sum((row) => row.of)];
process.stdout.write(
  `\n${completed.toLocaleString('en')} of ${all.toLocaleString('en')} handshakes completed.\n`,
);
if (completed < all) process.exitCode = 1;
