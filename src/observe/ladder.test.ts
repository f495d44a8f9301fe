import { describe, expect, it } from 'vitest';
import { Ladder, type LadderOptions, type LadderSide } from './ladder.ts';
import { noteOn, structureName } from './message-notes.ts';
import type { Direction, MessageTrace, TraceEvent } from './trace.ts';

function message(
  direction: Direction,
  name: string,
  length: number,
  more: Partial<MessageTrace> = {},
): MessageTrace {
  return {
    kind: 'message',
    now: 0,
    direction,
    message: name,
    length,
    fragment: { offset: 0, length },
    messageSeq: 0,
    epoch: 0,
    sequenceNumber: 0,
    repeated: false,
    ...more,
  };
}

function datagram(direction: Direction, length: number, now: number): TraceEvent {
  return { kind: 'datagram', now, direction, length };
}

/** Lines without the blanks that only hold the right rail. */
function squeezed(lines: readonly string[]): string[] {
  return lines.map((line) =>
    line
      .replace(/ {2,}│$/, ' │')
      .replace(/─{2,}/, '─')
      .trimStart(),
  );
}

/** The header and all lines: the events of one side, which is `side`. */
function draw(events: readonly TraceEvent[], side: LadderSide, options: LadderOptions = {}): string[] {
  const ladder = new Ladder(options);
  return [ladder.header(), ...events.flatMap((event) => ladder.read(event, side))];
}

const OPENING: readonly TraceEvent[] = [
  { kind: 'state', now: 90, state: 'awaitServerHello' },
  message('sent', 'client_hello', 111),
  datagram('sent', 136, 100),
  datagram('received', 60, 102.34),
  message('received', 'hello_verify_request', 35),
];

describe('Ladder', () => {
  it('draws an arrow for each datagram and its messages below, with the time since the first', () => {
    expect(draw(OPENING, 'left', { width: 80 })).toEqual([
      '      ms client                                                           server',
      '     0.0 ├─ 136 bytes ────────────────────────────────────────────────────────▶│',
      '         │  ClientHello          111 bytes                                     │',
      '     2.3 │◀───────────────────────────────────────────────────────── 60 bytes ─┤',
      '         │  HelloVerifyRequest   35 bytes                                      │',
    ]);
  });

  it('turns the arrows round for the side on the right', () => {
    const [, first, , second] = squeezed(draw(OPENING, 'right'));
    expect(first).toBe('0.0 │◀─ 136 bytes ─┤');
    expect(second).toBe('2.3 ├─ 60 bytes ─▶│');
  });

  it('gives all lines the same width, whatever they hold', () => {
    const long = message(
      'sent',
      'alert a_name_that_is_longer_than_any_alert_has_and_than_the_line_can_hold',
      2,
    );
    const events = [...OPENING, long, datagram('sent', 200, 7), { ...OPENING[2], now: 1e6 } as TraceEvent];
    for (const width of [80, 100, 132])
      for (const line of draw(events, 'left', { width, explain: true })) expect(line.length).toBe(width);
  });

  it('explains messages when asked to', () => {
    expect(squeezed(draw(OPENING, 'left', { explain: true }))[2]).toContain(
      'ClientHello          111 bytes           what I can do',
    );
  });

  it('marks fragments, repetition and encryption', () => {
    const ladder = new Ladder();
    const lines = [
      message('sent', 'certificate', 900, { fragment: { offset: 300, length: 200 } }),
      message('sent', 'change_cipher_spec', 1, { fragment: undefined }),
      message('sent', 'finished', 12, { epoch: 1, repeated: true }),
      datagram('sent', 400, 0),
    ].flatMap((event) => ladder.read(event, 'left'));
    expect(squeezed(lines).slice(1)).toEqual([
      '│  Certificate          bytes 300-500 of 900 │',
      '│  ChangeCipherSpec     1 byte │',
      '│  Finished             12 bytes, encrypted again │',
    ]);
  });

  it('deals the messages of a flight out to its datagrams by their sizes', () => {
    const ladder = new Ladder();
    const flight = [
      message('sent', 'certificate', 150, { sequenceNumber: 1 }),
      message('sent', 'certificate_verify', 75, { sequenceNumber: 2 }),
      message('sent', 'change_cipher_spec', 1, { fragment: undefined, sequenceNumber: 3 }),
      message('sent', 'finished', 12, { epoch: 1 }),
      datagram('sent', 175, 0),
      datagram('sent', 175, 0),
    ];
    expect(squeezed(flight.flatMap((event) => ladder.read(event, 'left')))).toEqual([
      '0.0 ├─ 175 bytes ─▶│',
      '│  Certificate          150 bytes │',
      '0.0 ├─ 175 bytes ─▶│',
      '│  CertificateVerify    75 bytes │',
      '│  ChangeCipherSpec     1 byte │',
      '│  Finished             12 bytes, encrypted │',
    ]);
  });

  it('merges what two sides have sent', () => {
    const ladder = new Ladder();
    const lines = [
      ...ladder.read(message('sent', 'client_hello', 10), 'left'),
      ...ladder.read(message('sent', 'server_hello_done', 0), 'right'),
      ...ladder.read(datagram('sent', 25, 1), 'right'),
      ...ladder.read(datagram('sent', 35, 2), 'left'),
    ];
    expect(squeezed(lines)).toEqual([
      '0.0 │◀─ 25 bytes ─┤',
      '│  ServerHelloDone      0 bytes │',
      '1.0 ├─ 35 bytes ─▶│',
      '│  ClientHello          10 bytes │',
    ]);
  });

  it('says when the rest of a datagram is read after the reply', () => {
    const ladder = new Ladder();
    const lines = [
      datagram('received', 100, 0),
      message('received', 'finished', 12, { epoch: 1 }),
      message('sent', 'finished', 12, { epoch: 1 }),
      datagram('sent', 60, 0),
      message('received', 'application_data', 5, { epoch: 1, fragment: undefined }),
    ].flatMap((event) => ladder.read(event, 'right'));
    expect(squeezed(lines).slice(4)).toEqual([
      '├─ more of the same datagram ─▶│',
      '│  ApplicationData      5 bytes, encrypted │',
    ]);
  });

  it('tells timeouts and what was dropped, and nothing of states', () => {
    const ladder = new Ladder();
    expect(squeezed(ladder.read({ kind: 'timeout', now: 5, timeout: 800 }, 'left'))).toEqual([
      '│  (no answer to client in time: sent again; client now waits 800 ms) │',
    ]);
    expect(squeezed(ladder.read({ kind: 'discard', now: 5, reason: 'bad_tag' }, 'right'))).toEqual([
      '│  (server drops this: bad tag) │',
    ]);
    expect(ladder.read({ kind: 'state', now: 5, state: 'connected' }, 'left')).toEqual([]);
  });

  it('measures columns without what paint adds', () => {
    const paint = (_part: string, text: string): string => `<${text}>`;
    const painted = draw(OPENING, 'left', { paint }).map((line) => line.replace(/[<>]/g, ''));
    expect(painted).toEqual(draw(OPENING, 'left'));
  });
});

describe('structureName()', () => {
  it("gives the RFC's name of the structure", () => {
    expect(structureName('client_hello')).toBe('ClientHello');
    expect(structureName('alert close_notify')).toBe('Alert close_notify');
  });
});

describe('noteOn()', () => {
  it('has at most 45 characters, knows the hello with the cookie, and is silent on later fragments', () => {
    const names = [
      'client_hello',
      'hello_verify_request',
      'server_hello',
      'certificate',
      'server_key_exchange',
    ];
    names.push('certificate_request', 'server_hello_done', 'client_key_exchange', 'certificate_verify');
    names.push('change_cipher_spec', 'finished', 'application_data', 'alert close_notify');
    for (const name of names) {
      const { length } = noteOn(message('sent', name, 10));
      expect(length).toBeGreaterThan(0);
      expect(length).toBeLessThanOrEqual(45);
    }
    expect(noteOn(message('sent', 'client_hello', 10, { messageSeq: 1 }))).toContain('cookie');
    expect(noteOn(message('sent', 'certificate', 10, { fragment: { offset: 5, length: 5 } }))).toBe('');
    expect(noteOn(message('sent', 'unknown(99)', 10))).toBe('');
  });
});
