import { concat } from '../src/bytes/bytes.ts';
import { DtlsConnection } from '../src/connection/dtls-connection.ts';
import type { DtlsConnectionOptions } from '../src/connection/options.ts';
import { certificates } from '../src/prosody/certificate.ts';
import {
  dtlslib_continue,
  dtlslib_create_session,
  dtlslib_extract_srtp_keys,
  dtlslib_init,
  type dtlslib_session,
  dtlslib_start_handshake,
} from '../src/prosody/index.ts';
import type { Path } from './lib/pair.ts';
import { recordsOf } from './lib/records.ts';
import {
  type Endpoint,
  ecdsaCertificate,
  endpoints,
  present,
  readInbox,
  sendToPeer,
} from './prosody-support.ts';

/** All that `dtlslib_extract_srtp_keys` gives; 99 and zeros where it wrote nothing. */
export function extract(session: dtlslib_session | null): {
  result: number;
  mode: number;
  tx: Buffer;
  rx: Buffer;
} {
  const mode = { value: 99 };
  const [tx, rx] = [Buffer.alloc(30), Buffer.alloc(30)];
  const result = dtlslib_extract_srtp_keys(session, mode, tx, rx);
  return { result, mode: mode.value, tx, rx };
}

export type PeerCheck = Pick<DtlsConnectionOptions, 'insecureNoPeerCheck' | 'verifyPeer'>;

export interface ForeignPeer {
  readonly connection: DtlsConnection;
  /** Reads what waits, and sends what there is to send. */
  readonly turn: () => void;
}

/** A `DtlsConnection` of the test's own at the other end, for peers that are not Prosody. */
export function foreignPeer(
  role: 'client' | 'server',
  srtpProfiles: readonly string[] | undefined,
  end: Endpoint,
  check: PeerCheck,
): ForeignPeer {
  const connection = new DtlsConnection({
    role,
    certificate: present(certificates.find(ecdsaCertificate('foreign'))).certificate,
    ...check,
    ...(srtpProfiles === undefined ? {} : { srtpProfiles, srtpRequired: false }),
  });
  connection.start(performance.now());
  const turn = (): void => {
    for (const datagram of end.inbox.splice(0)) connection.receive(datagram, performance.now());
    for (const datagram of datagramsOf(connection)) sendToPeer(end, datagram, datagram.length);
  };
  return { connection, turn };
}

/** Says goodbye right behind its Finished, in the same datagram. */
export function hasty({ connection }: ForeignPeer, end: Endpoint): () => void {
  return () => {
    for (const datagram of end.inbox.splice(0)) connection.receive(datagram, performance.now());
    const datagrams = datagramsOf(connection);
    if (recordsOf(...datagrams).some(({ epoch }) => epoch > 0)) {
      connection.close(performance.now());
      datagrams.push(...datagramsOf(connection));
    }
    const one = concat(...datagrams);
    if (one.length > 0) sendToPeer(end, one, one.length);
  };
}

/** Has `path` change what the peer sends. */
export function through(
  path: Path,
  role: 'client' | 'server',
): ({ connection }: ForeignPeer, end: Endpoint) => () => void {
  return ({ connection }, end) =>
    () => {
      for (const datagram of end.inbox.splice(0)) connection.receive(datagram, performance.now());
      for (const datagram of datagramsOf(connection).flatMap((sent) => path(sent, role)))
        sendToPeer(end, datagram, datagram.length);
    };
}

function datagramsOf(connection: DtlsConnection): Uint8Array[] {
  const datagrams: Uint8Array[] = [];
  for (let output = connection.poll(); output !== undefined; output = connection.poll()) {
    if (output.type === 'datagram') datagrams.push(output.datagram);
  }
  return datagrams;
}

/** A session of ours that shakes hands with a foreign peer; the session's last answer. */
export function shakeHandsWith(
  role: 'client' | 'server',
  srtpProfiles: readonly string[] | undefined,
  check: PeerCheck = { insecureNoPeerCheck: true },
  manner: (peer: ForeignPeer, end: Endpoint) => () => void = ({ turn }) => turn,
): ForeignPeer & { readonly session: dtlslib_session; readonly result: number } {
  const [ours, theirs] = endpoints();
  const session = present(
    dtlslib_create_session(dtlslib_init(null, 0), ecdsaCertificate('us'), sendToPeer, ours, readInbox, ours),
  );
  const peer = foreignPeer(role, srtpProfiles, theirs, check);
  const turn = manner(peer, theirs);
  let result: number = dtlslib_start_handshake(session, role === 'client' ? 1 : 0);
  for (let i = 0; i < 8; i++) {
    turn();
    result = dtlslib_continue(session);
  }
  return { session, result, ...peer };
}
