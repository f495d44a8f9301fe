import { HandshakeType } from '../../src/registry/handshake-types.ts';
import { type ClientHello, readClientHello, writeClientHello } from '../../src/wire/messages/client-hello.ts';
import { readServerHello, type ServerHello, writeServerHello } from '../../src/wire/messages/server-hello.ts';
import { tamper } from './middle.ts';
import type { Path } from './pair.ts';

/** Changes the ServerHello on its way. */
export function editServerHello(edit: (hello: ServerHello) => ServerHello): Path {
  return tamper('server', HandshakeType.server_hello, (body) => {
    const hello = readServerHello(body);
    if (hello === undefined) throw new Error('not a ServerHello');
    return writeServerHello(edit(hello));
  });
}

/** Changes each ClientHello on its way. */
export function editClientHello(edit: (hello: ClientHello) => ClientHello): Path {
  return tamper('client', HandshakeType.client_hello, (body) => {
    const hello = readClientHello(body);
    if (hello === undefined) throw new Error('not a ClientHello');
    return writeClientHello(edit(hello));
  });
}

/** The extensions with one put in, changed, or taken out. */
export function withExtension(
  extensions: ReadonlyMap<number, Uint8Array>,
  type: number,
  data: readonly number[] | undefined,
): ReadonlyMap<number, Uint8Array> {
  const changed = new Map(extensions);
  if (data === undefined) changed.delete(type);
  else changed.set(type, Uint8Array.from(data));
  return changed;
}

export const serverExtension = (type: number, data: readonly number[] | undefined): Path =>
  editServerHello((hello) => ({ ...hello, extensions: withExtension(hello.extensions, type, data) }));
export const clientExtension = (type: number, data: readonly number[] | undefined): Path =>
  editClientHello((hello) => ({ ...hello, extensions: withExtension(hello.extensions, type, data) }));
