import { checkInteger, invalidType } from '../../errors/arguments.ts';

/** Where a peer's datagrams come from, as `node:dgram` tells it. */
export interface PeerAddress {
  /** An IP literal, always in the same form for the same address. */
  readonly address: string;
  /** 0 to 65,535; to 0, which a stranger may write, nothing can be sent. */
  readonly port: number;
}

/** Different for different addresses. */
export function peerKey({ address, port }: PeerAddress): string {
  return `${address} ${port}`;
}

/** @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE */
export function checkPeerAddress(name: string, value: PeerAddress): void {
  if (typeof value !== 'object' || value === null) throw invalidType(name, 'an address and a port', value);
  if (typeof value.address !== 'string') throw invalidType(`${name}.address`, 'an IP address', value.address);
  checkInteger(`${name}.port`, value.port, 0, 65_535);
}
