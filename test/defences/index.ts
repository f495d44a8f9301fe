import { AUTHENTICATION } from './authentication.ts';
import type { Defence } from './defence.ts';
import { FRAGMENTS } from './fragments.ts';
import { HANDSHAKE } from './handshake.ts';
import { LIMITS_OF_KEYS } from './limits.ts';
import { MANY_PEERS } from './many-peers.ts';
import { PARSERS } from './parsers.ts';
import { RECORDS } from './records.ts';
import { SECRETS_KEPT } from './secrets.ts';
import { SRTP } from './srtp.ts';
import { SRTP_LIFETIME } from './srtp-lifetime.ts';
import { SRTP_PROFILE } from './srtp-profiles.ts';
import { STRANGERS } from './strangers.ts';
import { VERSIONS_AND_KEYS } from './versions-and-keys.ts';

export { hasTest, patternOf, takeOut } from './defence.ts';

const ALL: readonly Defence[] = [
  ...STRANGERS,
  ...MANY_PEERS,
  ...FRAGMENTS,
  ...RECORDS,
  ...LIMITS_OF_KEYS,
  ...HANDSHAKE,
  ...AUTHENTICATION,
  ...VERSIONS_AND_KEYS,
  ...SRTP,
  ...SRTP_LIFETIME,
  ...SRTP_PROFILE,
  ...PARSERS,
  ...SECRETS_KEPT,
];

const numberOf = ({ line }: Defence): number => Number(line.slice(1));

/** In the order of docs/attacks.md. */
export const DEFENCES: readonly Defence[] = [...ALL].sort((a, b) => numberOf(a) - numberOf(b));
