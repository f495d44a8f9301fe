import { KEY_TYPES } from '../certificate/create.ts';
import { MTU_RANGE } from '../connection/config.ts';
import { createCertificateAsync, type DtlsConnectionOptions, type TraceEvent } from '../index.ts';
import { Ladder } from '../observe/ladder.ts';
import { GROUPS } from '../registry/groups.ts';
import { SRTP_PROFILES } from '../registry/srtp-profiles.ts';
import type { Values } from './arguments.ts';
import { type Command, CommandError } from './command.ts';
import { DemoEnd } from './demo-end.ts';
import { type Io, printLine, printLines } from './io.ts';
import { srtpKeyDigests } from './key-digest.ts';
import { Paint } from './paint.ts';
import { MTU_OPTION, PROFILE_NAMES, readProfile } from './peer-options.ts';

const COLUMNS = 100;

export const demoCommand: Command = {
  name: 'demo',
  summary: 'shows a whole DTLS-SRTP handshake between two ends on this machine',
  positionals: [],
  options: [
    { name: 'profile', value: 'NAME', help: ['SRTP profile; default the first of', ...PROFILE_NAMES] },
    { name: 'group', value: 'NAME', help: `of the key agreement: ${GROUPS.join(', ')}; default X25519` },
    { name: 'key-type', value: 'TYPE', help: `of the certificates: ${KEY_TYPES.join(', ')}` },
    MTU_OPTION,
    { name: 'no-cookie', help: 'the server does not make the client prove its address first' },
    { name: 'trace', help: 'write every event of both ends to standard error, a JSON object a line' },
  ],
  description: [
    'Two ends of a call, on two UDP ports of this machine, make certificates, tell each other their',
    'fingerprints, shake hands, and take out the keys for their media. Each step is told as it is done.',
    'Exit code 0 when both ends hold the same keys.',
  ],
  examples: ['dtlslib demo', 'dtlslib demo --profile SRTP_AEAD_AES_256_GCM --mtu 300'],
  run: demo,
};

async function demo(values: Values, io: Io): Promise<number> {
  const options = readDemoOptions(values);
  const keyType = values.oneOf('key-type', KEY_TYPES);
  const story = new Story(io, values.flag('trace'));
  const ends: DemoEnd[] = [];
  try {
    story.title();
    const make = async (name: DemoEnd['name']): Promise<DemoEnd> => {
      const certificate = await createCertificateAsync({ keyType });
      const end = new DemoEnd(name, certificate, (event) => story.event(name, event));
      ends.push(end);
      return end;
    };
    const client = await make('client');
    const server = await make('server');
    story.certificates(client, server);
    story.fingerprints(client, server);
    await shakeHands(story, client, server, options);
    story.checkedFingerprints(client, server);
    if (!story.keys(client, server)) throw new CommandError('the two ends hold different keys');
    await exchangeMessages(story, client, server);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(`the demo failed: ${reason}`);
  } finally {
    for (const end of ends) end.free();
  }
  story.end();
  return 0;
}

type EndOptions = Partial<Omit<DtlsConnectionOptions, 'role' | 'certificate' | 'remoteFingerprints'>>;

function readDemoOptions(values: Values): EndOptions {
  const profile = values.text('profile');
  const group = values.oneOf('group', GROUPS);
  const mtu = values.integer('mtu', MTU_RANGE.min, MTU_RANGE.max);
  return {
    srtpProfiles: profile === undefined ? PROFILE_NAMES : [readProfile('profile', profile)],
    ...(group === undefined ? {} : { groups: [group] }),
    ...(mtu === undefined ? {} : { mtu }),
    cookieExchange: !values.flag('no-cookie'),
    handshakeTimeout: 20_000,
  };
}

async function shakeHands(
  story: Story,
  client: DemoEnd,
  server: DemoEnd,
  options: EndOptions,
): Promise<void> {
  // The descriptions are what SDP carries; nothing else passes between the two ends but datagrams.
  client.open(server.description, options);
  server.open(client.description, options);
  story.sessions(client, server);
  story.handshake();
  server.start();
  client.start();
  await Promise.all([client.connected(), server.connected()]);
  story.connected(client);
}

async function exchangeMessages(story: Story, client: DemoEnd, server: DemoEnd): Promise<void> {
  story.messages();
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    const text = `Hello from the ${from.name}!`;
    const arrival = to.message();
    from.send(text);
    if ((await arrival) !== text) throw new CommandError(`the ${to.name} read another message than was sent`);
    story.read(to.name, text);
  }
  story.freeing();
  const end = server.closed();
  client.close();
  await end;
}

/** Tells what happens, in numbered steps, for a reader who has never heard of DTLS. */
class Story {
  readonly #io: Io;
  readonly #paint: Paint;
  readonly #ladder: Ladder;
  readonly #trace: boolean;
  #steps = 0;
  #begin: number | undefined;
  #connected = 0;

  constructor(io: Io, trace: boolean) {
    this.#io = io;
    this.#paint = new Paint(io);
    this.#ladder = new Ladder({ width: COLUMNS, explain: true, paint: this.#paint.ladder });
    this.#trace = trace;
  }

  title(): void {
    this.#say(
      'DTLS-SRTP: two ends of a call agree on keys for their audio and video, so that nobody between',
    );
    this.#say('them can listen. Both ends run here. In brackets: the name of the step in the Prosody API.');
    this.#say('');
  }

  certificates(client: DemoEnd, server: DemoEnd): void {
    this.#step('Each end makes a key pair and a certificate; nobody has to sign it.', 'dtlslib_create_cert');
    const of = ({ name, certificate }: DemoEnd): string =>
      `${name}: ${certificate.keyType}, ${certificate.der.length} bytes`;
    this.#detail(`${of(client)}     ${of(server)}`);
  }

  fingerprints(client: DemoEnd, server: DemoEnd): void {
    this.#step(
      'Each end tells the other the fingerprint (hash) of it, in SDP.',
      'dtlslib_get_cert_fingerprint',
    );
    for (const { name, certificate } of [client, server]) {
      const [first, second] = halves(certificate.fingerprint());
      this.#detail(`${name}: sha-256 ${first}`);
      this.#detail(`                ${second}`);
    }
  }

  sessions(client: DemoEnd, server: DemoEnd): void {
    this.#step('Each end opens a session on a UDP port.', 'dtlslib_create_session');
    this.#detail(`client: 127.0.0.1:${client.port}     server: 127.0.0.1:${server.port}`);
  }

  handshake(): void {
    this.#step('They shake hands.', 'dtlslib_start_handshake, dtlslib_continue');
    this.#detail('An arrow is a UDP datagram; below it are the messages it holds.');
    this.#say(this.#ladder.header());
  }

  connected({ connection }: DemoEnd): void {
    const took = (this.#connected - (this.#begin ?? 0)).toFixed(1);
    const { protocol, group, cipherSuite } = connection;
    this.#detail(`Done in ${took} ms: ${protocol}, key agreement by ${group}, ${cipherSuite}.`);
  }

  checkedFingerprints(client: DemoEnd, server: DemoEnd): void {
    this.#step('Each end compares the certificate it was shown with SDP.', 'dtlslib_get_remote_fingerprint');
    this.#detail('Had the two differed, the handshake would have ended with an alert.');
    for (const [end, peer] of [
      [client, server],
      [server, client],
    ] as const) {
      const seen = end.connection.remoteFingerprint();
      if (seen !== peer.certificate.fingerprint())
        throw new CommandError(`the certificate of the ${peer.name} does not match its fingerprint`);
      this.#detail(
        `${end.name} was shown ${short(seen)}, was told ${short(peer.certificate.fingerprint())}: ${this.#paint.as('green', 'match')}`,
      );
    }
  }

  /** Whether the keys are equal. */
  keys(client: DemoEnd, server: DemoEnd): boolean {
    this.#step('Each end takes out the keys for SRTP, the media.', 'dtlslib_extract_srtp_keys');
    const profile = SRTP_PROFILES.find(({ name }) => name === client.connection.srtpProfile);
    if (profile === undefined) throw new CommandError('the two ends have agreed on no SRTP profile');
    const { name, masterKeyLength, masterSaltLength } = profile;
    this.#detail(
      `Profile ${name}: a key of ${masterKeyLength} bytes and a salt of ${masterSaltLength} each way.`,
    );
    this.#detail('Keys are secret; here are 8 hex digits of their SHA-256, enough to compare.');
    const [ours, theirs] = [srtpKeyDigests(client.connection), srtpKeyDigests(server.connection)];
    const equal = this.#keyLine('client to server: client', ours.local, 'server', theirs.remote);
    return this.#keyLine('server to client: client', ours.remote, 'server', theirs.local) && equal;
  }

  messages(): void {
    this.#step('The session carries messages too: one each way.');
  }

  read(name: string, text: string): void {
    this.#detail(`the ${name} has read: ${text}`);
  }

  freeing(): void {
    this.#step(
      'They part, and overwrite their keys.',
      'dtlslib_free_session, dtlslib_free_cert, dtlslib_free',
    );
  }

  end(): void {
    this.#say('');
    this.#say(this.#paint.as('green', 'Both ends checked who the other is, and hold the same keys.'));
  }

  /** Each datagram is told by its sender alone. */
  event(end: DemoEnd['name'], event: TraceEvent): void {
    if (this.#trace) printLine(this.#io.stderr, JSON.stringify({ end, ...event }));
    if (event.kind === 'datagram') this.#begin ??= event.now;
    if (event.kind === 'state' && event.state === 'connected') this.#connected = event.now;
    if ((event.kind === 'datagram' || event.kind === 'message') && event.direction === 'received') return;
    printLines(this.#io.stdout, this.#ladder.read(event, end === 'client' ? 'left' : 'right'));
  }

  #keyLine(direction: string, first: string, other: string, second: string): boolean {
    const equal = first === second;
    const verdict = equal ? this.#paint.as('green', 'equal') : 'DIFFERENT';
    this.#detail(`${direction} ${first}, ${other} ${second}: ${verdict}`);
    return equal;
  }

  #step(text: string, prosody?: string): void {
    this.#steps++;
    const head = `${this.#steps}. ${text}`;
    if (prosody === undefined) {
      this.#say(this.#paint.as('bold', head));
      return;
    }
    const label = `[${prosody}]`;
    const gap = COLUMNS - head.length - label.length;
    this.#say(
      this.#paint.as('bold', head) + (gap > 0 ? ' '.repeat(gap) : '\n   ') + this.#paint.as('dim', label),
    );
  }

  #detail(text: string): void {
    this.#say(`   ${text}`);
  }

  #say(line: string): void {
    printLine(this.#io.stdout, line);
  }
}

function halves(fingerprint: string): [string, string] {
  const middle = Math.ceil((fingerprint.length + 1) / 6) * 3;
  return [fingerprint.slice(0, middle), fingerprint.slice(middle)];
}

function short(fingerprint: string | undefined): string {
  return fingerprint === undefined ? 'nothing' : `${fingerprint.slice(0, 11)}:…:${fingerprint.slice(-5)}`;
}
