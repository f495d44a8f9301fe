import { AUTHENTICATION } from './authentication.ts';
import type { Defence } from './defence.ts';
import { FRAGMENTS } from './fragments.ts';
import { HANDSHAKE } from './handshake.ts';
import { HYGIENE_DEFENCES } from './hygiene.ts';
import { MANY_PEERS } from './many-peers.ts';
import { RECORDS } from './records.ts';
import { SRTP } from './srtp.ts';
import { SRTP_SENDING } from './srtp-sending.ts';
import { STRANGERS } from './strangers.ts';

export { hasTest, patternOf, takeOut } from './defence.ts';

const ALL: readonly Defence[] = [
  ...STRANGERS,
  ...MANY_PEERS,
  ...FRAGMENTS,
  ...RECORDS,
  ...HANDSHAKE,
  ...AUTHENTICATION,
  ...SRTP,
  ...SRTP_SENDING,
  ...HYGIENE_DEFENCES,
];

const numberOf = ({ line }: Defence): number => Number(line.slice(1));

/** In the order of docs/attacks.md. */
export const DEFENCES: readonly Defence[] = [...ALL].sort((a, b) => numberOf(a) - numberOf(b));
