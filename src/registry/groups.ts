import { nameOf } from './name-of.ts';

/** NamedGroup, called NamedCurve before TLS 1.3 (RFC 8422 §5.1.1). The order is the default preference. */
export const NamedGroup = {
  X25519: 0x001d,
  'P-256': 0x0017,
  'P-384': 0x0018,
} as const;
export type GroupName = keyof typeof NamedGroup;

export const GROUPS: readonly GroupName[] = Object.keys(NamedGroup) as GroupName[];

export function groupById(id: number): GroupName | undefined {
  return GROUPS.find((name) => NamedGroup[name] === id);
}

export function groupName(id: number): string {
  return nameOf(NamedGroup, id);
}
