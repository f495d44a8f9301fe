import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { isDtlsDatagram, isMediaDatagram } from './demultiplex.ts';
import { UdpSocket, type UdpSocketOptions } from './udp-socket.ts';

const LOOPBACK = '127.0.0.1';
const POLL = { interval: 1, timeout: 30_000 };

const toClose: { close(): void }[] = [];

afterEach(() => {
  for (const socket of toClose.splice(0)) socket.close();
});

function open(options: UdpSocketOptions = {}): UdpSocket {
  const socket = new UdpSocket({ address: LOOPBACK, onMedia: () => undefined, ...options });
  toClose.push(socket);
  return socket;
}

async function plain(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, LOOPBACK);
  await once(socket, 'listening');
  toClose.push({ close: () => socket.close() });
  return socket;
}

describe('isMediaDatagram and isDtlsDatagram', () => {
  it('share out first bytes as RFC 7983 §7 has them', () => {
    const firsts = (is: (datagram: Uint8Array) => boolean): number[] =>
      Array.from({ length: 256 }, (_, first) => first).filter((first) => is(Uint8Array.of(first)));
    const media = firsts(isMediaDatagram);
    const dtls = firsts(isDtlsDatagram);
    expect([media.length, media[0], media.at(-1)]).toEqual([64, 128, 191]);
    expect([dtls.length, dtls[0], dtls.at(-1)]).toEqual([44, 20, 63]);
    expect(isMediaDatagram(new Uint8Array(0)) || isDtlsDatagram(new Uint8Array(0))).toBe(false);
  });
});

describe('UdpSocket with onMedia', () => {
  it('queues media apart from other datagrams, and wakes the one or the other', async () => {
    const woken: string[] = [];
    const socket = open({
      accepts: isDtlsDatagram,
      onEvent: () => woken.push('event'),
      onMedia: () => woken.push('media'),
    });
    const peer = await plain();
    socket.setPeer(LOOPBACK, peer.address().port);
    for (const first of [128, 22, 191, 192, 3])
      peer.send(Uint8Array.of(first, 7), socket.local.port, LOOPBACK);
    await expect.poll(() => socket.stats.discards.not_accepted, POLL).toBe(2);
    expect(woken).toEqual(['media', 'event', 'media']);
    expect(socket.pending).toBe(1);
    expect([socket.receiveMedia(), socket.receiveMedia(), socket.receiveMedia()]).toEqual([
      Buffer.from([128, 7]),
      Buffer.from([191, 7]),
      undefined,
    ]);
    expect(socket.receive()).toEqual(Buffer.from([22, 7]));
    expect(socket.stats).toMatchObject({ received: 1, mediaReceived: 2 });
  });

  it('hears media from the peer alone, and from nobody before it is known, latch or not', async () => {
    const socket = open({ latch: true });
    const [peer, stranger] = [await plain(), await plain()];
    peer.send(Uint8Array.of(128), socket.local.port, LOOPBACK);
    await expect.poll(() => socket.stats.discards.no_peer, POLL).toBe(1);
    socket.setPeer(LOOPBACK, peer.address().port);
    stranger.send(Uint8Array.of(128), socket.local.port, LOOPBACK);
    await expect.poll(() => socket.stats.discards.other_source, POLL).toBe(1);
    expect(socket.receiveMedia()).toBeUndefined();
  });

  it('keeps media of nobody: not before there is a peer, nor of others than that (S26)', async () => {
    for (const latch of [false, true]) {
      const rtp = await plain();
      const socket = open({ socket: rtp, latch });
      const from = (port: number): boolean =>
        rtp.emit('message', Buffer.from([128, 1]), { address: LOOPBACK, port, family: 'IPv4', size: 2 });
      from(5000);
      expect([socket.receiveMedia(), socket.stats.discards.no_peer]).toEqual([undefined, 1]);
      socket.setPeer(LOOPBACK, 5000);
      from(5001);
      expect([socket.receiveMedia(), socket.stats.discards.other_source]).toEqual([undefined, 1]);
      from(5000);
      expect(socket.receiveMedia()).toEqual(Uint8Array.of(128, 1));
    }
  });

  /** Sends them one by one, so that none overtakes another or is lost on its way. */
  async function sendAll(peer: Socket, socket: UdpSocket, packets: readonly Uint8Array[]): Promise<void> {
    const seen = (): number => socket.stats.mediaReceived + socket.stats.discards.media_queue_full;
    const before = seen();
    for (const [index, packet] of packets.entries()) {
      peer.send(packet, socket.local.port, LOOPBACK);
      await expect.poll(seen, POLL).toBe(before + index + 1);
    }
  }

  function waiting(socket: UdpSocket): Uint8Array[] {
    const packets: Uint8Array[] = [];
    for (let packet = socket.receiveMedia(); packet !== undefined; packet = socket.receiveMedia())
      packets.push(packet);
    return packets;
  }

  it('keeps the newest 128 that nobody reads, counts the rest, and hears DTLS all the same', async () => {
    const socket = open();
    const peer = await plain();
    socket.setPeer(LOOPBACK, peer.address().port);
    const packets = Array.from({ length: 130 }, (_, i) => Uint8Array.of(128, i));
    await sendAll(peer, socket, packets);
    expect(socket.stats).toMatchObject({ mediaReceived: 128, discards: { media_queue_full: 2 } });
    peer.send(Uint8Array.of(22), socket.local.port, LOOPBACK);
    await expect.poll(() => socket.pending, POLL).toBe(1);
    expect(waiting(socket).map((packet) => packet[1])).toEqual(packets.slice(2).map((packet) => packet[1]));
  });

  it('keeps no more than 256 KiB that nobody reads, the newest of it', async () => {
    const socket = open();
    const peer = await plain();
    socket.setPeer(LOOPBACK, peer.address().port);
    const packets = Array.from({ length: 7 }, (_, i) => new Uint8Array(60_000).fill(128 + i));
    await sendAll(peer, socket, packets);
    expect(socket.stats).toMatchObject({ mediaReceived: 4, discards: { media_queue_full: 3 } });
    expect(waiting(socket).map((packet) => packet[0])).toEqual([131, 132, 133, 134]);
  });

  it('drops what waits when another becomes the peer, and when it is closed', async () => {
    const socket = open();
    const peer = await plain();
    socket.setPeer(LOOPBACK, peer.address().port);
    peer.send(Uint8Array.of(128), socket.local.port, LOOPBACK);
    await expect.poll(() => socket.stats.mediaReceived, POLL).toBe(1);
    socket.setPeer(LOOPBACK, (await plain()).address().port);
    expect(socket.receiveMedia()).toBeUndefined();
    expect(socket.stats.discards.other_source).toBe(1);
    socket.setPeer(LOOPBACK, peer.address().port);
    peer.send(Uint8Array.of(128), socket.local.port, LOOPBACK);
    await expect.poll(() => socket.stats.mediaReceived, POLL).toBe(2);
    socket.close();
    expect(socket.receiveMedia()).toBeUndefined();
  });

  it('takes media for datagrams like any other without onMedia', async () => {
    const socket = new UdpSocket({ address: LOOPBACK, accepts: isDtlsDatagram });
    toClose.push(socket);
    const peer = await plain();
    socket.setPeer(LOOPBACK, peer.address().port);
    peer.send(Uint8Array.of(128), socket.local.port, LOOPBACK);
    await expect.poll(() => socket.stats.discards.not_accepted, POLL).toBe(1);
    expect(socket.stats.mediaReceived).toBe(0);
  });
});

describe('UdpSocket.sendMedia()', () => {
  it('sends to the peer, and counts it', async () => {
    const socket = open();
    const peer = await plain();
    socket.setPeer(LOOPBACK, peer.address().port);
    expect(socket.sendMedia(Uint8Array.of(128, 1))).toBe(true);
    const [packet] = await once(peer, 'message');
    expect(packet).toEqual(Buffer.from([128, 1]));
    expect(socket.stats).toMatchObject({ sent: 0, mediaSent: 1 });
  });

  it('sends nothing before there is a peer, not even to whoever said hello last, nor after the end', async () => {
    const socket = open({ latch: true });
    const client = await plain();
    let arrived = 0;
    client.on('message', () => arrived++);
    const hello = Uint8Array.from([
      ...[22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 48],
      ...[1, 0, 0, 36, 0, 0, 0, 0, 0, 0, 0, 36],
      ...[0xfe, 0xfd, ...new Array(32).fill(0), 0, 0],
    ]);
    client.send(hello, socket.local.port, LOOPBACK);
    await expect.poll(() => socket.pending, POLL).toBe(1);
    socket.receive();
    expect(socket.sendMedia(Uint8Array.of(128))).toBe(false);
    expect(socket.send(Uint8Array.of(22))).toBe(true);
    await expect.poll(() => arrived, POLL).toBe(1);
    socket.close();
    expect(socket.sendMedia(Uint8Array.of(128))).toBe(false);
    expect(socket.stats.mediaSent).toBe(0);
  });

  it.each([[[]], [[22]], [[127]], [[192]]])('throws for what is no media, %j', (bytes) => {
    const socket = open();
    expect(() => socket.sendMedia(Uint8Array.from(bytes))).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }),
    );
  });
});
