import type { SrtpProfileParameters } from '../../registry/srtp-profiles.ts';

/** The server's choice, by its own order (RFC 5764 §4.1.1). */
export function chooseSrtpProfile(
  profiles: readonly SrtpProfileParameters[],
  offered: readonly number[],
): SrtpProfileParameters | undefined {
  return profiles.find((profile) => offered.includes(profile.id));
}
