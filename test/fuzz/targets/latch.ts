import { toHex } from '../../../src/bytes/bytes.ts';
import type { UdpAddress } from '../../../src/net/address.ts';
import { HelloLatch } from '../../../src/net/hello-latch.ts';
import { readHelloVerifyRequest } from '../../../src/wire/messages/hello-verify-request.ts';
import { soleFragment } from '../../../src/wire/sole-fragment.ts';
import type { Case } from '../lib/edit.ts';
import { fixedRandom } from '../lib/entropy.ts';
import { allDatagrams, recordings } from '../lib/recordings.ts';
import { DATAGRAM_OPERATIONS, travel } from '../lib/road.ts';
import { optionsOf, setupOf } from '../lib/setups.ts';
import type { Target } from '../lib/target.ts';
import { insist, mustNotThrow, WatchedEnd } from '../lib/watched.ts';

const SOURCES: readonly UdpAddress[] = [
  { address: '192.0.2.1', port: 1001 },
  { address: '192.0.2.1', port: 1002 },
  { address: '192.0.2.2', port: 1001 },
];

/** A server that does not know its peer's address, and the latch that finds it out. */
function run({ setup, edits }: Case): void {
  const latch = new HelloLatch();
  const end = new WatchedEnd('server', {
    ...optionsOf(setupOf(setup), 'server'),
    random: fixedRandom('server'),
  });
  const sentTo = new Map<string, UdpAddress>();
  const inbound = recordings()
    .filter((recording) => recording.side === 'server' && recording.setup === setup)
    .flatMap((recording) => recording.inbound);
  end.start(0);
  inbound.forEach((datagram, i) => {
    const bag = { corpus: allDatagrams(), history: inbound.slice(0, i), seal: undefined };
    for (const { bytes, late = 0 } of travel(
      datagram,
      edits.filter(({ at }) => at % inbound.length === i),
      bag,
    )) {
      const source = SOURCES[late % SOURCES.length];
      if (source === undefined || !mustNotThrow('HelloLatch.admits()', () => latch.admits(bytes, source)))
        continue;
      const copy = new Uint8Array(bytes);
      const found = mustNotThrow('HelloLatch.read()', () => latch.read(copy, source));
      const cookie = found ? cookieOf(bytes) : undefined;
      insist(
        !found || sentTo.get(cookie ?? '') === source,
        `${source.address} ${source.port} was taken for the peer`,
      );
      insist(copy.length === bytes.length, 'the latch changed the length of a datagram');
      end.receive(copy, 0);
      for (const sent of end.takeOutgoing()) {
        mustNotThrow('HelloLatch.sent()', () => latch.sent(sent));
        const request = soleFragment(sent);
        const made = request?.type === 3 ? readHelloVerifyRequest(request.fragment) : undefined;
        if (made !== undefined && latch.candidate !== undefined)
          sentTo.set(toHex(made.cookie), latch.candidate);
      }
    }
  });
}

/** Where a ClientHello has it, in hex. */
function cookieOf(datagram: Uint8Array): string {
  const hello = soleFragment(datagram)?.fragment ?? new Uint8Array(0);
  const at = 34 + 1 + (hello[34] ?? 0);
  return toHex(hello.subarray(at + 1, at + 1 + (hello[at] ?? 0)));
}

export const latch: Target = {
  name: 'latch',
  about: 'the finding of a peer by its cookie, and the datagrams it is found by',
  setups: ['cookie', 'cookie in pieces', 'others, in pieces'],
  places: () => 10,
  operations: DATAGRAM_OPERATIONS,
  weight: 1,
  run,
};
