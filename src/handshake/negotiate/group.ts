import { type GroupName, NamedGroup } from '../../registry/groups.ts';

/**
 * The server's choice, by its own order. A client that names no groups takes any (RFC 8422 §4): P-256 is what
 * such old clients have.
 */
export function chooseGroup(
  groups: readonly GroupName[],
  offered: readonly number[] | undefined,
): GroupName | undefined {
  if (offered === undefined) return groups.includes('P-256') ? 'P-256' : groups[0];
  return groups.find((group) => offered.includes(NamedGroup[group]));
}
